//! Messages on a pipe: eight bytes of length, the lowest first, then the bytes.

use std::io::{self, Read, Write};

pub fn write(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    to.write_all(&(bytes.len() as u64).to_le_bytes())?;
    to.write_all(bytes)
}

/// `None` where the pipe was closed before a message.
pub fn read(from: &mut impl Read, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 8];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let length = u64::from_le_bytes(length);
    if length > most {
        return Err(io::Error::other(format!("a message of {length} bytes, {most} are allowed")));
    }
    let mut bytes = Vec::new();
    bytes.reserve_exact(usize::try_from(length).map_err(io::Error::other)?);
    from.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(Some(bytes)) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
