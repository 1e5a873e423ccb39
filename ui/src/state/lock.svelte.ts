// Locking one's space: what is written is kept first, and only then the space goes out of sight.
import { call } from "../lib/door";
import { install } from "./install.svelte";
import { toasts } from "./toasts.svelte";
import { unsaved } from "./writing.svelte";

class Locking {
  isBusy = $state(false);

  async lock(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      if (!(await unsaved.flush())) {
        toasts.wrong({ code: "not_saved", message: "Something you wrote is not saved yet. Go back to it and try again, then lock." });
        return;
      }
      const locked = await call("space_lock", {});
      location.hash = "#/";
      install.put(locked);
    } catch (thrown) {
      toasts.wrong(thrown);
    } finally {
      this.isBusy = false;
    }
  }
}

export const locking = new Locking();
