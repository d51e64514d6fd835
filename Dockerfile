# The image holds the binary, root certificates and nothing else: no shell, no fonts (they are in the binary).
#
#   docker build -t muster .
#   docker run --rm --read-only -v muster-data:/data muster demo
#
# The program writes below /data only, so the root file system may be read-only.

FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
# The registry and the built dependencies live in caches outside the layers: a change to our sources compiles only them.
# `touch`: config/ and templates/ are built in, and a file that is new there would not be noticed otherwise.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/build/target,sharing=locked \
    touch src/lib.rs src/main.rs \
    && cargo build --release --locked --bin muster \
    && install -D target/release/muster /image/muster \
    && install -D -m 0644 -t /image/licenses LICENSE assets/fonts/LICENSE-* \
    && mkdir /data

FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="muster" \
      org.opencontainers.image.description="Scheduled IT asset management reporting: extracts in, evidenced KPIs out, one copy per reader" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /image/ /
# A new volume mounted there inherits the owner.
COPY --from=build --chown=65532:65532 /data /data
# Large extracts lie in TMPDIR, without a name, while they are read: on a disk, not in a memory of its own.
ENV MUSTER__STORE__URL=file:///data \
    MUSTER__MAIL__OUTBOX=/data/outbox \
    TMPDIR=/data
WORKDIR /data
VOLUME ["/data"]
# By number, so that an orchestrator can see that it is not root.
USER 65532:65532
# Settings, definitions and templates are checked by the program itself; there is no shell to do it.
HEALTHCHECK --interval=5m --timeout=60s --start-period=30s --retries=3 CMD ["/muster", "check"]
ENTRYPOINT ["/muster"]
CMD ["--help"]
