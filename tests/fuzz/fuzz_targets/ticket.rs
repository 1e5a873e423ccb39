#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| alongside_tests::hostile::ticket(bytes));
