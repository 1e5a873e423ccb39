// Getting in: a code that works once, and a school that is started on an empty hub.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, openBrowser, REFUSED, sitDown } from "./support/browser.mjs";
import { Hub } from "./support/hub.mjs";
import { until } from "./support/until.mjs";

let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

describe("signing in at the hub", { concurrency: 1 }, () => {
  let hub, code;
  before(async () => {
    hub = await Hub.withDemo();
    code = await hub.invite("Sofia Brandreth");
  });
  after(() => hub?.remove());

  const signIn = async (page, typed) => {
    await page.getByLabel("Code").fill(typed);
    await page.getByRole("button", { name: "Sign in" }).tap();
  };

  test("a wrong code is told in a sentence, and what was typed stays", async () => {
    const { page, watch, context } = await sitDown(browser, hub, { on: "phone" });
    watch.expect(REFUSED);
    await signIn(page, "AAAA-AAAA");
    await page.getByRole("alert").getByText("This code does not work").waitFor();
    assert.equal(await page.getByLabel("Code").inputValue(), "AAAA-AAAA");
    assert.equal(await page.getByRole("button", { name: "Sign in" }).isEnabled(), true);
    watch.check();
    await context.close();
  });

  test("a code is understood however it is typed, and works", async () => {
    const { page, watch, context } = await sitDown(browser, hub, { on: "phone" });
    await signIn(page, ` ${code.replace("-", " ").toLowerCase()} `);
    await page.getByRole("heading", { level: 1, name: "Coming" }).waitFor();
    await page.getByRole("link", { name: "Mine" }).tap();
    await page.getByRole("heading", { level: 1, name: "Sofia Brandreth" }).waitFor();
    watch.check();
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Sofia Brandreth" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).tap();
    await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
    watch.check();
    await context.close();
  });

  test("the same code a second time is refused in a sentence", async () => {
    const { page, watch, context } = await sitDown(browser, hub, { on: "phone" });
    watch.expect(REFUSED);
    await signIn(page, code);
    await page.getByRole("alert").getByText("it was used").waitFor();
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
    watch.check();
    await context.close();
  });

  test("the link of an invitation has the code in it already", async () => {
    const invited = await hub.invite("Sofia Brandreth");
    const { page, watch, context } = await sitDown(browser, hub, { on: "phone", path: `#/join/${invited}` });
    assert.equal(await page.getByLabel("Code").inputValue(), invited);
    await page.getByRole("button", { name: "Sign in" }).tap();
    await page.getByRole("heading", { level: 1, name: "Coming" }).waitFor();
    watch.check();
    await context.close();
  });
});

const PEOPLE = [
  "Name\tRoles\tLine manager",
  "Orla Tamblyn\tTeacher\tImke Sandoval",
  "Bede Quist\tSupport\tOrla Tamblyn",
  "\tTeacher\t",
  "Ansa Vole\tJuggler\t",
  "Orla Tamblyn\tTeacher\t",
].join("\n");

/** Plans a visit to each of some classes that the school did not have yet, the day after tomorrow. */
async function visitMore(page, names) {
  const [{ walk }] = await ask(page, "walk_list", {});
  for (const [index, name] of names.entries()) {
    const put = { class: null, name, year_group: "", phase: "", teachers: [], support: [], room: null, is_active: true };
    const { classes } = await ask(page, "class_put", put);
    const starts = new Date(Date.now() + 2 * 86_400_000);
    starts.setHours(9 + index, 15, 0, 0);
    const chosen = classes.find((line) => line.name === name).class;
    const visit = { visit: null, walk, class: chosen, starts_at: starts.toISOString(), minutes: 20, observers: [], subject: "Art", part: "main" };
    await ask(page, "visit_put", visit);
  }
}

describe("a school on an empty hub", { concurrency: 1 }, () => {
  let hub, page, watch;
  before(async () => {
    hub = await Hub.empty();
    ({ page, watch } = await sitDown(browser, hub, { on: "desktop" }));
  });
  after(() => hub?.remove());

  test("the first page offers to start a school, and no code that nobody could give", async () => {
    await page.getByRole("link", { name: /Start a school/ }).waitFor();
    assert.equal(await page.getByRole("link", { name: /Join with a code/ }).count(), 0);
    await page.getByRole("link", { name: /Start a school/ }).click();
    await page.getByLabel("Name of the school").fill("Larkfield School");
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByRole("heading", { name: "And who are you?" }).waitFor();
  });

  test("it takes the code that the hub has printed, and no other", async () => {
    const setup = await until("the hub prints a code", () => /code ([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(hub.said)?.[1]);
    watch.expect(REFUSED);
    await page.getByLabel("Your name").fill("Imke Sandoval");
    await page.getByLabel("Setup code").fill("AAAA-AAAA");
    await page.getByRole("button", { name: "Start the school" }).click();
    await page.getByRole("alert").getByText(/code/i).waitFor();
    await page.getByLabel("Setup code").fill(setup);
    await page.getByRole("button", { name: "Start the school" }).click();
    await page.getByRole("heading", { level: 1, name: "People" }).waitFor();
  });

  test("a pasted list says line by line what is wrong, and takes the rest", async () => {
    await page.getByLabel("Paste the list here").fill(PEOPLE);
    const preview = page.getByRole("region", { name: "Preview" });
    await preview.getByText("2 people ready, 3 lines to look at").waitFor();
    await preview.getByText("The name is missing.").waitFor();
    await preview.getByText("“Juggler” is no role.").waitFor();
    await preview.getByText("The same name stands in line 2.").waitFor();
    await preview.getByRole("checkbox", { name: "Only lines to look at" }).check();
    assert.equal(await preview.getByRole("cell", { name: "Bede Quist" }).count(), 0);
    await preview.getByRole("button", { name: "Add 2 people" }).click();
    await page.getByText("2 people added, 0 changed. 3 lines left out.").waitFor();
    await page.getByRole("link", { name: "Next" }).click();
  });

  test("rooms and classes follow, and find the people and rooms by name", async () => {
    await page.getByRole("heading", { level: 1, name: /^Rooms/ }).waitFor();
    await page.getByLabel("Paste the list here").fill("Room 12;first floor;1\nRoom 14;first floor;x\n");
    await page.getByText("“x” is no number on the route.").waitFor();
    await page.getByRole("button", { name: "Add 1 room" }).click();
    await page.getByRole("heading", { level: 1, name: "Classes" }).waitFor();
    await page.getByLabel("Paste the list here").fill("Kestrel class,Year 5,Primary,Orla Tamblyn,Bede Quist,Room 12\nOwl class,Year 6,Primary,Nobody Known,,Room 99");
    await page.getByText("“Nobody Known” is not among the people of the school.").waitFor();
    await page.getByText("“Room 99” is not among the rooms of the school.").waitFor();
    await page.getByRole("button", { name: "Add 1 class" }).click();
    await page.getByText("1 class added").waitFor();
    await page.getByRole("link", { name: "Next" }).click();
    await page.getByRole("heading", { name: "Larkfield School is ready" }).waitFor();
  });

  test("a walk is planned, but not one that looks at a person", async () => {
    await page.getByRole("link", { name: "Plan your first walk" }).click();
    await page.getByRole("link", { name: "Plan a walk" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Autumn walk");
    await page.getByLabel("Focus").fill("How Orla Tamblyn marks books");
    await page.getByLabel("Purpose").fill("To learn what helps pupils to act on their own.");
    await page.getByRole("button", { name: "Save and go to the timetable" }).click();
    await page.getByRole("alert").getByText(/names? a member of staff|theme/).waitFor();
    await page.getByLabel("Focus").fill("Pupils’ independence");
    await page.getByRole("button", { name: "Save and go to the timetable" }).click();
    await page.getByRole("heading", { level: 1, name: "Timetable" }).waitFor();
    await page.getByText("No visits yet").waitFor();
    await page.getByRole("link", { name: "Autumn walk" }).click();
    await page.getByRole("heading", { level: 1, name: "Autumn walk" }).waitFor();
  });

  test("a visit waits for its notice, and says from when it can be made", async () => {
    await page.getByRole("link", { name: "Plan a visit" }).click();
    const tomorrow = new Date(Date.now() + 86_400_000);
    const two = (number) => String(number).padStart(2, "0");
    await page.getByLabel("Class").selectOption({ label: "Kestrel class · Year 5 · Primary" });
    await page.getByLabel("Date").fill(`${tomorrow.getFullYear()}-${two(tomorrow.getMonth() + 1)}-${two(tomorrow.getDate())}`);
    await page.getByLabel("Time").fill("09:30");
    await page.getByLabel("Subject").fill("Science");
    await page.getByLabel("First observer").selectOption({ label: "Imke Sandoval" });
    await page.getByRole("button", { name: "Save the visit" }).click();
    await page.getByRole("heading", { name: /Kestrel class · Science/ }).waitFor();

    await page.getByRole("link", { name: "Today" }).click();
    await page.getByRole("link", { name: /Kestrel class/ }).getByText("Staff have not had notice of this visit").waitFor();
    await page.getByRole("link", { name: /Kestrel class/ }).click();
    await page.getByText("Staff have not had notice of this visit").waitFor();
    assert.equal(await page.getByRole("button", { name: "Start the visit" }).count(), 0);
  });

  test("given too late, and to enough classes, the notice holds the visit back, with the reason and the date", async () => {
    await page.getByRole("link", { name: "Today" }).click();
    await page.getByRole("link", { name: "Walks" }).click();
    await page.getByRole("link", { name: /Autumn walk/ }).click();
    await page.getByRole("button", { name: "Give notice…" }).click();
    const sheet = page.getByRole("dialog", { name: "Give notice to all staff?" });
    await sheet.getByRole("button", { name: "Give notice" }).click();
    await sheet.getByText("A walk covers at least 5 classes").waitFor();
    await visitMore(page, ["Owl class", "Wren class", "Robin class", "Heron class"]);
    await sheet.getByText("5 visits").waitFor();
    await sheet.getByRole("button", { name: "Give notice" }).click();
    await sheet.waitFor({ state: "hidden" });
    const inAWeek = new Date(Date.now() + 7 * 86_400_000);
    const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" }).format(inAWeek).replace("Sept", "Sep");
    await page.getByRole("region", { name: "Notice" }).getByText(day).waitFor();
    await page.getByRole("link", { name: "Today" }).click();
    await page.getByRole("link", { name: /Kestrel class/ }).click();
    await page.getByText(/must stand for 7 days, so this visit comes too early/).waitFor();
    const month = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" }).format(inAWeek);
    await page.getByText(`${month} or later`).waitFor();
    assert.equal(await page.getByRole("button", { name: "Start the visit" }).count(), 0);
    watch.check();
  });
});
