//! A leader in a corridor with the tablets of the day: whole apps, and the real door between them on loopback, over TLS.

mod alone;
mod collecting;
mod lasting;
mod stage;
mod strangers;
