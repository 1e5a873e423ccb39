// Waiting for a fact, never for a time.

/** How long a fact may take to come true before a test is given up. */
export const PATIENCE = 30_000;

const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

/**
 * Asks until the answer is true, and returns it. What is thrown counts as "not yet", and is told when it is over.
 * @template T
 * @param {string} what
 * @param {() => T | Promise<T>} fact
 */
export async function until(what, fact, patience = PATIENCE) {
  const end = Date.now() + patience;
  let thrown;
  for (;;) {
    try {
      const answer = await fact();
      if (answer) return answer;
      thrown = undefined;
    } catch (error) {
      thrown = error;
    }
    if (Date.now() > end) throw new Error(`This never came true: ${what}`, { cause: thrown });
    await soon();
  }
}
