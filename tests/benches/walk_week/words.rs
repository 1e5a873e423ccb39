//! Words to write: sentences that look like an observer's, the same in every run.

/// Enough different words that a text does not compress to nothing, and few enough that it is no noise.
const WORDS: &str = "the pupils were calm and ready when lesson began adults modelled core board at each table \
one group waited for a turn with talker another used signs to ask more time was given before an answer \
two children explained what they had learnt in own words resources lay hand so nobody lost minutes displays \
show today's objective picture symbol teacher moved between groups asking open questions that made them think \
support staff knew who needed help stepped back others pace kept everyone working challenge could come sooner \
some finished early books marked clearly next steps topic page opens unit writing has grown since autumn \
praise specific quiet voice corner regulation zone chart used by boy returning from break independence visible \
choices offered snack transition timer warning now song signals tidy objects reference sensory circuit before \
register register taken with eye gaze device class sang counted backwards number line floor tape prompts faded \
peer showed friend how partner talk thirty seconds long enough vocabulary revisited yesterday linked story map \
plan followed step de-escalation gentle consistent humour warmth trust evident relationships strong behaviour \
assessment through play recorded photographs sheet success criteria read aloud together end checked thumbs \
reading corner inviting cushions headphones shelf labels tactile light softened blinds noise low door closed \
extension task harder problem written pinned wall few noticed might signposted earlier model first then fade \
mathematics water sand measuring cups full half empty language comparison more less same music drum beat copy \
swimming cooking garden seeds measured watered chart weekly science magnets sorted predicted tested talked";

/// Makes words in an order that depends on nothing but the seed.
#[derive(Debug)]
pub struct Writer {
    words: Vec<&'static str>,
    state: u64,
}

impl Writer {
    /// A writer with a hand of its own.
    pub fn new(seed: u64) -> Self {
        Self {
            words: WORDS.split_whitespace().collect(),
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        }
    }

    /// The next number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state % limit as u64).unwrap()
    }

    /// A text of about `length` characters.
    pub fn text(&mut self, length: usize) -> String {
        let mut text = String::new();
        while text.len() < length {
            // Frequent words are frequent: the smaller of two draws.
            let place = self
                .below(self.words.len())
                .min(self.below(self.words.len()));
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(self.words[place]);
        }
        text.push('.');
        text
    }
}
