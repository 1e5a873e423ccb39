//! Text that people and scanners read: Crockford's base32, five bits a symbol, no letter that looks like another.
//!
//! Its upper-case alphabet lies within the one that a QR code packs most tightly.

/// The symbols, by value.
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The symbol of a value; only its lowest five bits count.
pub(crate) fn symbol(value: u8) -> char {
    SYMBOLS
        .get(usize::from(value & 31))
        .map_or('0', |&symbol| char::from(symbol))
}

/// The value of a symbol as a person may write it: in either case, O for 0, I and L for 1.
pub(crate) fn value(symbol: char) -> Option<u8> {
    let symbol = match symbol.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        symbol => symbol,
    };
    let at = SYMBOLS.iter().position(|&one| char::from(one) == symbol)?;
    u8::try_from(at).ok()
}

/// Bytes as values of five bits; the last is filled up with zeros.
pub(crate) fn values(bytes: &[u8]) -> Vec<u8> {
    let mut values = Vec::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut held, mut bits) = (0_u16, 0);
    for &byte in bytes {
        held = held << 8 | u16::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            values.push((held >> bits) as u8 & 31);
            held &= (1 << bits) - 1;
        }
    }
    if bits > 0 {
        values.push((held << (5 - bits)) as u8 & 31);
    }
    values
}

/// The bytes of values of five bits. None when what is left over is no filling.
pub(crate) fn bytes(values: impl IntoIterator<Item = u8>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0_u16, 0);
    for value in values {
        held = held << 5 | u16::from(value & 31);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    (bits < 5 && held == 0).then_some(bytes)
}
