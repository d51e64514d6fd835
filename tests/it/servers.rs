//! Object stores of other makers, where they are installed.
#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use muster::io::store::Store;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;

/// An S3 server of Python's moto.
pub struct Moto {
    child: Child,
    port: u16,
}

/// Answers of a server that is overloaded.
const FAULTS: &str = r#"
import random, time
def app(environ, start):
    roll = random.random()
    if roll < 0.01:
        start("503 Slow Down", [])
        return [b""]
    if roll < 0.02:
        list(backend(environ, lambda *_: None))
        start("503 Slow Down", [])
        return [b""]
    if roll < 0.021:
        time.sleep(4)
    return backend(environ, start)
"#;

impl Moto {
    /// `None` where moto is not installed.
    pub fn start() -> Option<Self> {
        Self::serve("app = backend")
    }

    /// One whose wire breaks now and then: of a thousand requests ten get a 503 before anything is done, ten after
    /// it was done, and one an answer later than anybody waits for.
    pub fn start_faulty() -> Option<Self> {
        Self::serve(FAULTS)
    }

    fn serve(app: &str) -> Option<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // Single-threaded, so that its conditional writes are atomic.
        let program = format!(
            "from werkzeug.serving import run_simple\n\
             from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app\n\
             backend = DomainDispatcherApplication(create_backend_app)\n\
             {app}\n\
             run_simple('127.0.0.1', {port}, app, threaded=False)"
        );
        let mut child =
            Command::new("python3").args(["-c", &program]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        for _ in 0..300 {
            if child.try_wait().ok()?.is_some() {
                return None;
            }
            if make_bucket(port) {
                return Some(Self { child, port });
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        child.kill().ok();
        None
    }

    /// Settings of a worker on it.
    pub fn settings(&self) -> Vec<(String, String)> {
        [
            ("MUSTER__STORE__URL", "s3://muster".to_owned()),
            ("MUSTER__STORE__ENDPOINT", format!("http://127.0.0.1:{}", self.port)),
            ("MUSTER__STORE__ALLOW_HTTP", "true".to_owned()),
            ("AWS_ACCESS_KEY_ID", "key".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into()
    }

    pub fn store(&self) -> Store {
        rustls::crypto::ring::default_provider().install_default().ok();
        let s3 = AmazonS3Builder::new()
            .with_endpoint(format!("http://127.0.0.1:{}", self.port))
            .with_allow_http(true)
            .with_bucket_name("muster")
            .with_region("us-east-1")
            .with_access_key_id("key")
            .with_secret_access_key("secret");
        Store::over(Arc::new(s3.build().unwrap()))
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn make_bucket(port: u16) -> bool {
    let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else { return false };
    let request = "PUT /muster HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.contains(" 200 ")
}

/// Azure's blob store as azurite plays it, with the key everybody knows.
pub struct Azurite {
    child: Child,
    port: u16,
}

const AZURITE_KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// Makes the container: port, key.
const MAKE_CONTAINER: &str = r#"
import base64, email.utils, hashlib, hmac, sys, urllib.request
port, key = sys.argv[1:]
date, version = email.utils.formatdate(usegmt=True), "2021-12-02"
text = "PUT" + "\n" * 12 + f"x-ms-date:{date}\nx-ms-version:{version}\n"
text += "/devstoreaccount1/devstoreaccount1/muster\nrestype:container"
sign = base64.b64encode(hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()).decode()
head = {"x-ms-date": date, "x-ms-version": version, "Content-Length": "0", "Authorization": f"SharedKey devstoreaccount1:{sign}"}
url = f"http://127.0.0.1:{port}/devstoreaccount1/muster?restype=container"
urllib.request.urlopen(urllib.request.Request(url, method="PUT", headers=head), timeout=5)
"#;

impl Azurite {
    /// `None` where azurite is not installed.
    pub fn start() -> Option<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("azurite-blob")
            .args(["--inMemoryPersistence", "--skipApiVersionCheck", "--silent", "--blobHost", "127.0.0.1"])
            .args(["--blobPort", &port.to_string()])
            .current_dir(std::env::temp_dir())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let server = Self { child, port };
        for _ in 0..200 {
            let made = Command::new("python3")
                .args(["-c", MAKE_CONTAINER, &port.to_string(), AZURITE_KEY])
                .stderr(Stdio::null())
                .status();
            if made.is_ok_and(|status| status.success()) {
                return Some(server);
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        None
    }

    pub fn store(&self) -> Store {
        rustls::crypto::ring::default_provider().install_default().ok();
        let azure = MicrosoftAzureBuilder::new()
            .with_account("devstoreaccount1")
            .with_access_key(AZURITE_KEY)
            .with_endpoint(format!("http://127.0.0.1:{}/devstoreaccount1", self.port))
            .with_allow_http(true)
            .with_container_name("muster");
        Store::over(Arc::new(azure.build().unwrap()))
    }
}

impl Drop for Azurite {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
