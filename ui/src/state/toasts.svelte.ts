// Short messages at the edge of the screen: what went wrong and what to do, or what was done and how to undo it.
import { asApiError } from "../lib/door";

export type Toast = {
  id: number;
  text: string;
  look: "wrong" | "done";
  action: { label: string; run: () => void } | null;
};

class Toasts {
  list: Toast[] = $state([]);
  #next = 1;

  /** Says that something was done. It leaves by itself, unless there is something to press. */
  done(text: string, action: Toast["action"] = null): void {
    this.#add({ text, look: "done", action }, action ? 12_000 : 5_000);
  }

  /** Says what went wrong; it stays until it is closed. */
  wrong(thrown: unknown): void {
    const { message } = asApiError(thrown);
    if (this.list.some((toast) => toast.text === message)) return;
    this.#add({ text: message, look: "wrong", action: null }, null);
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  #add(toast: Omit<Toast, "id">, milliseconds: number | null): void {
    const id = this.#next++;
    this.list = [...this.list.slice(-2), { id, ...toast }];
    if (milliseconds !== null) setTimeout(() => this.close(id), milliseconds);
  }
}

export const toasts = new Toasts();
