// One thing a person has asked for: whether it is under way, and why it did not work.
import { asApiError } from "../lib/door";

export class Attempt {
  isBusy = $state(false);
  /** The sentence to show beside what was pressed; empty when there is nothing to say. */
  wrong = $state("");

  /** Does it, once at a time. What it throws becomes the sentence. */
  async run(work: () => Promise<void>): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.wrong = "";
    try {
      await work();
    } catch (thrown) {
      this.wrong = asApiError(thrown).message;
    } finally {
      this.isBusy = false;
    }
  }
}
