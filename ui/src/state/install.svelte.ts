// Who is here and where: the answer of install_get, kept for the whole page.
import type { Install, Me, SpaceLock } from "../contract";
import { asApiError, call, follow, on, onSignedOut, unfollow } from "../lib/door";
import type { ApiError } from "../contract";

class InstallState {
  value: Install | null = $state.raw(null);
  error: ApiError | null = $state.raw(null);

  #waiting: ReturnType<typeof setTimeout> | undefined;

  get me(): Me | null {
    return this.value?.me ?? null;
  }

  /** The lock of the space that is shown, where it has a PIN. */
  get lock(): SpaceLock | null {
    return this.value?.locks.find(({ space }) => space === this.me?.person) ?? null;
  }

  /** True in a browser at the hub; false in the app. */
  get isAtHub(): boolean {
    return this.value?.place === "hub";
  }

  async load(): Promise<void> {
    try {
      this.put(await call("install_get", {}));
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
  }

  /** Takes the answer of any command that changes who is here. */
  put(install: Install): void {
    const hadPerson = this.value?.me?.person;
    this.value = install;
    this.error = null;
    if (install.place !== "hub") return;
    if (install.me === null) unfollow();
    else if (install.me.person !== hadPerson) void follow();
  }

  /** Who one is changes seldom; a stream of other changes must not ask for it each time. */
  #soon(): void {
    this.#waiting ??= setTimeout(() => {
      this.#waiting = undefined;
      void this.load();
    }, 2000);
  }

  async start(): Promise<void> {
    await this.load();
    if (this.value?.place === "device") await follow();
    onSignedOut(() => void this.load());
    on("install", () => void this.load());
    on("changed", ({ kinds }) => {
      const touchesMe = kinds.length === 0 || kinds.some((kind) => kind !== "observation" && kind !== "response");
      if (touchesMe) this.#soon();
    });
  }
}

export const install = new InstallState();
