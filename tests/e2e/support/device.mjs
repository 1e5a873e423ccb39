// A device in a browser, which has none of what the app keeps itself: no door of its own, no PIN, no key store, no file of
// what waits. The hub is real; what only the app would answer is said here. That these answers are the app's is tried in
// src-tauri/tests; here only how they look.
import { ask, settled } from "./browser.mjs";

const minutes = (n) => new Date(Date.now() + n * 60_000).toISOString();
const letter = (n) => `0193aaaa-0000-7000-8000-${String(n).padStart(12, "0")}`;

/** What the app would answer while nothing is going on. */
export const quiet = {
  sync: { place: "device", waiting: 0, received_at: minutes(-9), is_syncing: false, set_aside: 0, trouble: null, hub: "https://walks.larkenmoor.example", is_hub: false, is_cut_off: false, skew_seconds: 0 },
  joining: { step: "idle", purpose: null, changes: 0, arrived: 0, trouble: null },
  letters: { place: "device", waiting: 0, obstacle: null, written: [], carried: [], to_carry: 0, receipts: 0 },
};

/** Files on their way: of one's own, and of colleagues for whom they are carried. */
export const onTheWay = {
  ...quiet.letters,
  waiting: 34,
  written: [
    { letter: letter(1), made_at: minutes(-120), changes: 34, answered_at: null },
    { letter: letter(2), made_at: minutes(-1560), changes: 12, answered_at: minutes(-1200) },
  ],
  carried: [
    { letter: letter(3), from: "Amara Okafor", made_at: minutes(-60), state: "on_its_way", message: null },
    { letter: letter(4), from: "Desmond Arkwell", made_at: minutes(-300), state: "received", message: null },
    {
      letter: letter(5),
      from: "Kwame Holt",
      made_at: minutes(-1800),
      state: "refused",
      message:
        "The hub no longer lets the device in that this letter came from, so nothing of it was taken. What waits there is kept; ask a leader for a new code for it.",
    },
  ],
  to_carry: 1,
  receipts: 1,
};

/** The hub's own answers, before any is put in the app's mouth. */
export async function hubSays(page) {
  const { people } = await ask(page, "school_get", {});
  const { qr } = await ask(page, "device_invite", { person: people[0].person, address: `https://school.example/${"x".repeat(130)}` });
  return { people, qr, install: await ask(page, "install_get", {}), devices: await ask(page, "device_list", {}) };
}

/** A leader's door: open or not, with a device at every step or nobody there yet. */
export function door({ people, qr }, { isOpen = true, isCrowded = true, ...more } = {}) {
  const line = (place, state, more) => ({
    ask: `0193-${place}`, device: `Tablet ${place}`, person: people[place].person, name: people[place].name, state,
    expected: 3, received: 3, missing: 0, changes: 204, arrived: 204, heard_at: minutes(0), ...more,
  });
  const open = {
    qr, ticket: "ALONGSIDE:0", groups: ["7K2M", "Q0VD", "3H8J", "ZN5T", "W1CE", "P9XB", "4RGA"],
    addresses: ["192.168.1.20:41234", "10.0.0.7:41234"], expires_at: minutes(5), opened_at: minutes(-2),
  };
  const lines = [
    line(1, "done", {}),
    line(2, "sending", { received: 1, missing: 2, arrived: 87 }),
    line(3, "done", { received: 2, missing: 1 }),
    { ...line(4, "asked", { expected: 0, received: 0, arrived: 0, changes: 96 }), ask: "asking" },
    { ...line(5, "asked", { expected: 0, received: 0, arrived: 0, changes: 0 }), person: null, name: null, ask: "new" },
    line(6, "refused", { expected: 0, received: 0, changes: 0, arrived: 0 }),
    line(7, "done", { expected: 0, received: 0, changes: 0, arrived: 0 }),
  ];
  return { purpose: "join", open: isOpen ? open : null, lines: isOpen && isCrowded ? lines : [], people: people.map(({ person, name }) => ({ person, name })), closed: null, carried: 0, ...more };
}

/** The devices of the school after a bad day: one is lost, one has come back emptied, on one something waits. */
export function devicesOfABadDay({ devices, people }) {
  const [own] = devices.devices;
  const line = (n, more) => ({
    ...own, device: letter(20 + n), name: `Tablet ${n}`, person: people[n].name, person_id: people[n].person, is_browser: false, is_own: false,
    last_contact: minutes(-40 * n), expected: 3, received: 3, missing: 0, waiting: 0, is_revoked: false, browsers: 1, lost: null, ...more,
  });
  const lost = (more) => ({ at: minutes(-90), by: "Helen Nandakumar", has_come_back: false, sentence: "", ...more });
  return {
    as_of: minutes(-1),
    is_live: true,
    devices: [
      { ...own, is_own: true },
      line(1, { received: 1, missing: 2, waiting: 34 }),
      line(2, { is_revoked: true, received: 2, missing: 1, lost: lost({ sentence: "It has not come back yet. 12 changes waited on it when it was last heard; 1 record is missing." }) }),
      line(3, { is_revoked: true, lost: lost({ has_come_back: true, sentence: "It came back and removed everything. Nothing waited on it." }) }),
      line(4, { last_contact: null, expected: 0, received: 0, waiting: null }),
    ],
  };
}

/**
 * Makes the page take the hub for the app on a device, which answers like this. An answer may be a function of what is
 * asked. `install` is laid over what the hub says of itself.
 */
export async function asApp(page, { install = {}, ...answers }) {
  await page.unrouteAll();
  await page.route("**/rpc/install_get", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), place: "device", key_store: "platform", ...install } });
  });
  const all = { sync_get: quiet.sync, sync_run: quiet.sync, door_find: [], hub_join_get: quiet.joining, letter_list: quiet.letters, ...answers };
  for (const [command, answer] of Object.entries(all)) {
    await page.route(`**/rpc/${command}`, async (route) => {
      const said = typeof answer === "function" ? answer(route.request().postDataJSON()) : answer;
      if (said.refused) await route.fulfill({ status: 409, json: said.refused });
      else await route.fulfill({ json: said });
    });
  }
}

const space = (me, n) => ({ id: n === 0 ? me.person : letter(60 + n), name: n === 0 ? me.name : "Imani Adeyemi", school: me.school });
const lock = (me, more) => ({ space: me.person, is_locked: false, wait_seconds: 0, after_minutes: 5, ...more });

/** Opens the page afresh at a place in it, with the app's answers said. */
async function show(page, hub, path, answers) {
  await asApp(page, { door_get: door(hub, { isOpen: false }), ...answers });
  await page.goto("about:blank");
  await page.goto(`/${path}`);
  await settled(page);
}

const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();

/** A screen that is known by its title, with what the app says there. */
const at = (name, path, title, answers = () => ({})) => ({
  name,
  open: async (page, hub) => {
    await show(page, hub, path, answers(hub));
    await heading(page, title);
    await settled(page);
  },
});

/** The same screen a touch further on. */
const and = (first, name, then) => ({
  name,
  open: async (page, hub) => {
    await first.open(page, hub);
    await then(page, hub);
    await settled(page);
  },
});

const collecting = at("collecting devices", "#/devices/collect", "Collect devices", (hub) => ({ door_get: door(hub) }));
const anApp = at("the devices from the app", "#/devices", "Devices", (hub) => ({ device_list: devicesOfABadDay(hub) }));
const inTheHub = at("in the hub", "#/mine", "Helen Nandakumar", (hub) => ({ sync_get: { ...quiet.sync, is_hub: true, hub: null } }));
const atADoor = (name, standing, more = {}) =>
  at(name, "#/hand-over", "Hand over to a leader", () => ({
    sync_get: { ...quiet.sync, waiting: 204 },
    hub_join_get: { ...quiet.joining, purpose: "collect", changes: 204, ...standing },
    ...more,
  }));
const nobody = ({ install: { me } }, locks, spaces = [space(me, 0), space(me, 1)]) => ({ install: { me: null, spaces, locks } });
const locked = (name, wait) =>
  and(
    at(name, "", "Who are you?", (hub) => nobody(hub, [lock(hub.install.me, { is_locked: true, wait_seconds: wait })])),
    name,
    async (page) => {
      await page.getByRole("button", { name: /Locked/ }).click();
      await page.getByLabel("PIN", { exact: true }).waitFor();
    },
  );

/** What is used standing, with the other hand full: there whatever is pressed is 56 pixels high. */
export const standing = new Set([
  "collecting devices", "letting a device in", "an open door where nobody is yet", "a closed door", "handing over",
  "waiting for the leader", "sending at a door", "handed over", "a locked space",
]);

/** Each screen that only the app has, or that shows something else there: its name and a way to open it. */
export const onADevice = [
  collecting,
  and(collecting, "letting a device in", async (page) => {
    await page.getByRole("button", { name: /^Answer/ }).first().click();
    await page.getByRole("dialog").waitFor();
  }),
  at("an open door where nobody is yet", "#/devices/collect", "Collect devices", (hub) => ({ door_get: door(hub, { isCrowded: false }) })),
  at("a closed door", "#/devices/collect", "Collect devices"),
  at("a closed door that carries letters", "#/devices/collect", "Collect devices", (hub) => ({
    door_get: door(hub, { isOpen: false, purpose: "collect", carried: 3, closed: "The door closed by itself, because nobody came for an hour. Open it again when you need it." }),
  })),
  at("the strip while somebody waits", "#/walks", "Walks", (hub) => ({ door_get: door(hub) })),
  at("the strip of an open door", "#/mine", "Helen Nandakumar", (hub) => ({ door_get: door(hub, { isCrowded: false }) })),
  anApp,
  and(anApp, "shutting a device out", async (page) => {
    await page.getByRole("button", { name: /^Shut out/ }).first().click();
    await page.getByRole("dialog").waitFor();
  }),
  at("the devices with no hub yet", "#/devices", "Devices", () => ({
    device_list: { refused: { code: "no_hub", message: "This device has no hub yet. Connect one first." } },
  })),
  and(inTheHub, "moving the hub", async (page) => {
    await page.getByRole("button", { name: /hub|saved|received/i }).first().click();
    await page.getByRole("button", { name: /^Move it to a server/ }).click();
  }),
  at("letters on their way", "#/letters", "Send without a network", () => ({ letter_list: onTheWay })),
  at("no letters", "#/letters", "Send without a network"),
  at("letters that cannot be made yet", "#/letters", "Send without a network", () => ({
    letter_list: { ...quiet.letters, waiting: 3, obstacle: "This device has not reached the hub since it joined, so it does not know the hub's key yet. Let it reach the hub once." },
  })),
  atADoor("handing over", { step: "idle" }, { door_find: [{ address: "192.168.1.20:41234", is_own: true }] }),
  atADoor("waiting for the leader", { step: "asked" }),
  atADoor("sending at a door", { step: "sending", arrived: 87 }),
  atADoor("handed over", { step: "done", arrived: 204 }),
  atADoor("a door that was not found", { step: "idle", trouble: { code: "hub_unreachable", message: "Nothing answers at this address. Look whether both are in the same Wi-Fi, then try again." } }),
  and(
    at("joining from the app", "#/join", "Join with a code", ({ install: { me } }) => nobody({ install: { me } }, [])),
    "joining at a door",
    async (page) => page.getByRole("button", { name: "I am at a leader’s door" }).click(),
  ),
  at("a shared tablet", "", "Who are you?", (hub) => nobody(hub, [lock(hub.install.me, { is_locked: true })])),
  locked("a locked space", 0),
  locked("a locked space that must wait", 95),
  and(locked("a locked space", 0), "a forgotten PIN", async (page) => {
    await page.getByRole("button", { name: "I have forgotten my PIN" }).click();
    await page.getByRole("dialog").waitFor();
  }),
  at("a first PIN", "#/mine/pin", "A PIN for your space"),
  at("changing a PIN", "#/mine/pin", "PIN of your space", ({ install: { me } }) => ({ install: { locks: [lock(me)] } })),
  at("mine in the app", "#/mine", "Helen Nandakumar", ({ install: { me } }) => ({ install: { key_store: "file", locks: [lock(me)] } })),
];
