// The one way out of the screens, and the only file that may know Tauri. In the window a call goes to the
// Rust side of the same program; in a browser it goes to the hub that served the page. Whatever goes wrong
// on the way is told as an ApiError, in words a person can act on.
import { invoke, isTauri } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { ApiError, Code, Command, Commands, FileTaken, FileView } from "../contract";

/** True in the app's own window, where saving needs no network. */
export const isWindow = isTauri();

/** True where the page can be put on paper: not in the web views of tablets and phones. */
export const hasPrint = !isWindow || !matchMedia("(pointer: coarse)").matches;

/** True where a code can be scanned: in the app on a tablet or a phone. */
export const hasScanner = isWindow && /Android|iPhone|iPad|Macintosh.*Mobile/.test(navigator.userAgent);

/** Scans a code with the camera and gives what it holds; null when the person leaves that or may not use it. */
export async function scan(): Promise<string | null> {
  try {
    // A walk is silent: the camera is asked for only here, and only to read a leader's code (R5).
    let permission: unknown = await invoke("plugin:barcode-scanner|check_permissions");
    if (!isGranted(permission)) permission = await invoke("plugin:barcode-scanner|request_permissions");
    if (!isGranted(permission)) return null;
    const scanned: unknown = await invoke("plugin:barcode-scanner|scan", { formats: ["QR_CODE"], windowed: false });
    return typeof scanned === "object" && scanned !== null && "content" in scanned && typeof scanned.content === "string" ? scanned.content : null;
  } catch {
    return null;
  }
}

function isGranted(said: unknown): boolean {
  return typeof said === "object" && said !== null && "camera" in said && said.camera === "granted";
}

/** What happened elsewhere: names only, the screen reads again. */
export type Happened = {
  changed: { kinds: string[] };
  sync: Record<string, never>;
  door: Record<string, never>;
  install: Record<string, never>;
};

const codes: ReadonlySet<string> = new Set<Code>([
  "bad_request",
  "unknown_command",
  "not_found",
  "not_allowed",
  "refused",
  "sign_in_first",
  "code_unknown",
  "locked",
  "pin_wrong",
  "device_revoked",
  "door_closed",
  "hub_unreachable",
  "hub_not_found",
  "no_hub",
  "foreign_school",
  "too_large",
  "too_many",
  "letter_unreadable",
  "letter_newer",
  "letter_foreign",
  "letter_refused",
  "not_saved",
  "internal",
]);

export function isApiError(thrown: unknown): thrown is ApiError {
  return (
    typeof thrown === "object" &&
    thrown !== null &&
    "code" in thrown &&
    "message" in thrown &&
    typeof thrown.code === "string" &&
    codes.has(thrown.code) &&
    typeof thrown.message === "string"
  );
}

/** Whatever was thrown, as an error with a code and a sentence. */
export function asApiError(thrown: unknown): ApiError {
  if (isApiError(thrown)) return { code: thrown.code, message: thrown.message };
  return { code: "internal", message: "Something went wrong here. Try again; nothing already saved is lost." };
}

const unreachable: ApiError = {
  code: "hub_unreachable",
  message: "The hub cannot be reached. Check the network, then try again.",
};

/** Milliseconds after which a silent hub counts as one that cannot be reached. */
const longestWait = 30_000;

async function callHub(name: Command, request: unknown): Promise<unknown> {
  let answer: Response;
  const body = JSON.stringify(request);
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), longestWait);
  try {
    answer = await fetch(`/rpc/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      credentials: "same-origin",
      // A short write may outlive the page it was made on; browsers allow 64 KB of such writes at once.
      keepalive: body.length < 8_000,
      signal: patience.signal,
      body,
    });
  } catch {
    throw unreachable;
  } finally {
    clearTimeout(timer);
  }
  const text = await answer.text().catch(() => "");
  let said: unknown = null;
  try {
    said = text === "" ? null : JSON.parse(text);
  } catch {
    said = undefined;
  }
  if (answer.ok && said !== undefined) return said;
  if (isApiError(said)) throw asApiError(said);
  throw answer.status >= 502 && answer.status <= 504 ? unreachable : asApiError(said);
}

const signedOut = new Set<() => void>();

/** Runs when a call is answered with "sign in first": the session has ended. */
export function onSignedOut(then: () => void): () => void {
  signedOut.add(then);
  return () => signedOut.delete(then);
}

/** Asks one command of the table. Rejects with an ApiError only. */
export async function call<C extends Command>(
  name: C,
  request: Commands[C]["request"],
): Promise<Commands[C]["answer"]> {
  try {
    const answer: unknown = isWindow
      ? await invoke("call", { name, request })
      : await callHub(name, request);
    // The shape is the table's promise: both sides are generated from it.
    return answer as Commands[C]["answer"];
  } catch (thrown) {
    const error = asApiError(thrown);
    if (error.code === "sign_in_first") for (const then of signedOut) then();
    throw error;
  }
}

type Listener<E extends keyof Happened> = (happened: Happened[E]) => void;
const listeners: { [E in keyof Happened]: Set<Listener<E>> } = {
  changed: new Set(),
  sync: new Set(),
  door: new Set(),
  install: new Set(),
};

function tell<E extends keyof Happened>(event: E, happened: Happened[E]): void {
  for (const listener of listeners[event]) listener(happened);
}

/** Follows an event until the returned function is called. */
export function on<E extends keyof Happened>(event: E, listener: Listener<E>): () => void {
  listeners[event].add(listener);
  return () => {
    listeners[event].delete(listener);
  };
}

function kindsIn(said: unknown): string[] {
  if (typeof said !== "object" || said === null || !("kinds" in said)) return [];
  return Array.isArray(said.kinds) ? said.kinds.filter((kind) => typeof kind === "string") : [];
}

/** Milliseconds before a refused line of events is asked for again. */
const pauseAfterRefusal = 30_000;

let events: EventSource | null = null;
let hasMissed = false;

/** Starts to follow what happens elsewhere. Called once, and again after signing in. */
export async function follow(): Promise<void> {
  if (isWindow) {
    await listen("changed", (event) => tell("changed", { kinds: kindsIn(event.payload) }));
    await listen("sync", () => tell("sync", {}));
    await listen("door", () => tell("door", {}));
    await listen("install", () => tell("install", {}));
    return;
  }
  events?.close();
  const source = new EventSource("/v1/events");
  events = source;
  source.addEventListener("changed", (event: MessageEvent<string>) => {
    let said: unknown = null;
    try {
      said = JSON.parse(event.data);
    } catch {
      // A bare version number or nothing at all still means that something changed.
    }
    tell("changed", { kinds: kindsIn(said) });
  });
  source.onerror = () => {
    hasMissed = true;
    tell("sync", {});
    // A line that broke is taken up again by the browser; one that was refused is not.
    if (source.readyState === EventSource.CLOSED && events === source) {
      setTimeout(() => events === source && void follow(), pauseAfterRefusal);
    }
  };
  source.onopen = () => {
    if (hasMissed) tell("changed", { kinds: [] });
    hasMissed = false;
    tell("sync", {});
  };
}

/** Stops following: after signing out there is no one to tell. */
export function unfollow(): void {
  events?.close();
  events = null;
}

/** The commands that make a file. */
export type FileCommand = {
  [C in Command]: Commands[C]["answer"] extends FileView ? C : never;
}[Command];

/** What a command says of the file it made, and how it ended that somebody took it: the file itself is not in it. */
export type Taken<C extends FileCommand> = Omit<Commands[C]["answer"], "text" | "base64"> & { taken: FileTaken };

function contentOf(file: FileView): BlobPart {
  if ("text" in file) return file.text;
  return Uint8Array.from(atob(file.base64), (letter) => letter.charCodeAt(0));
}

/** All of a chosen file, as base64. */
export function base64Of(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => reject(new Error("This file could not be read. Choose it again."));
    // A data address: what it is, a comma, and the bytes.
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,?/, ""));
    reader.readAsDataURL(file);
  });
}

/** Lets a browser keep a file that came with an answer. In the window no answer has one. */
export function keepFile(file: FileView): void {
  if (!isWindow) download(file);
}

function download(file: FileView): void {
  const address = URL.createObjectURL(new Blob([contentOf(file)], { type: file.media_type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = file.name;
  link.click();
  // The browser reads it a moment after the press.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/**
 * Asks a command that makes a file, and gives the file to the person. In the window the Rust side keeps it where the
 * person chooses and reads it back, or hands it to the share sheet of a tablet; it never comes to the page. A browser
 * downloads it. Rejects with an ApiError when it could not be made or kept.
 */
export async function takeFile<C extends FileCommand>(name: C, request: Commands[C]["request"]): Promise<Taken<C>> {
  if (isWindow) {
    try {
      // The Rust side promises the same shape.
      return (await invoke("take", { name, request })) as Taken<C>;
    } catch (thrown) {
      throw asApiError(thrown);
    }
  }
  const answer = await call(name, request);
  download(answer);
  const { text: _text, base64: _base64, ...rest } = answer as Commands[C]["answer"] & { text?: string; base64?: string };
  return { ...rest, taken: { end: "downloaded" } } as Taken<C>;
}
