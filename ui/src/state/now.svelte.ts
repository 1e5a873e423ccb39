// The time of day for lines such as "received 10:42" or "from Thursday": fresh enough, and one timer for all.

class Now {
  at: Date = $state.raw(new Date());

  constructor() {
    setInterval(() => (this.at = new Date()), 20_000);
  }
}

export const now = new Now();
