// Every screen there is, and how to get to it: for the tests that look at all of them, and for whoever wants to look.
// The demo school is brought into a state in which each has something to show.
import { ask, goTo, settled } from "./browser.mjs";
import { until } from "./until.mjs";

const title = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();
const dialog = async (page, name) => {
  await page.getByRole("dialog", { name }).waitFor();
  await settled(page);
};

/** Opens a screen of the app afresh, whatever stood there before: by way of another, as its own links do. */
async function open(page, path, name) {
  await goTo(page, "#/about");
  await title(page, "About learning walks");
  if (path === "#/about") return settled(page);
  await goTo(page, path);
  await title(page, name);
  await settled(page);
}

/** Starts a school on an empty hub, with Imke Sandoval as its head. */
export async function foundSchool(page, hub) {
  const setup = await until("the hub prints a code", () => /code ([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(hub.said)?.[1]);
  await ask(page, "school_start", { school: "Larkfield School", person: "Imke Sandoval", setup_code: setup });
}

const write = (observer, visit, edit) => ask(observer, "observation_write", { visit, edit });

/** Brings a visit under way to where its observer may be after some ten minutes; returns the sections of its form. */
export async function visitUnderWay(observer, visit) {
  const { sections } = await ask(observer, "visit_start", { visit });
  const [first, second, third] = sections;
  for (const [index, { key }] of [...first.criteria, ...second.criteria].entries()) {
    await write(observer, visit, { what: "mark", criterion: key, mark: index === 6 ? "not_seen" : "seen" });
  }
  for (const { key } of third.criteria.slice(0, 2)) await write(observer, visit, { what: "mark", criterion: key, mark: "seen" });
  await write(observer, visit, {
    what: "comment",
    section: second.key,
    text: "Two pupils fetched their own trays without being asked; the visual timetable at the door was used twice.",
  });
  await write(observer, visit, { what: "went_well", entry: "e1", text: "Everyone waited for an answer; nobody was rushed" });
  await write(observer, visit, { what: "even_better_if", entry: "e2", text: "The success criteria could stay in sight to the end" });
  return sections;
}

/** A form of the school's own, changed here and there, with a comment that was answered. */
async function setForm(leader, observer, templates) {
  const before = templates.find(({ name }) => name === "Evidence form").template;
  const { template: own } = await ask(leader, "template_new", { from: before, name: "Our evidence form" });
  const edits = [
    { what: "criterion_text", criterion: "zones", text: "Zones of regulation are in sight and used" },
    { what: "criterion_split", criterion: "engaged", text: "All pupils join in", second: "talking", second_text: "All pupils talk about what they learn" },
    { what: "criterion_remove", criterion: "topic_page" },
    { what: "section_move", section: "books", place: 0 },
  ];
  await ask(leader, "template_edit", { template: own, edits });
  const said = await ask(observer, "comment_put", { comment: null, on: own, part: "aids", text: "Say which aids" });
  await ask(leader, "comment_answer", { comment: said[0].comment, text: "They stand in the guidance.", is_taken_up: true });
  return { own, before };
}

/** What all staff read and speak to: an addition to an older visit, a form's draft, a term's review, and comments. */
async function setVoices(leader, observer, earlier) {
  const added = earlier.find(({ my_state }) => my_state === "finished").visit;
  await write(observer, added, { what: "addition", entry: "a1", text: "The display in the corridor shows the same, in pupils’ own words." });
  const { templates } = await ask(leader, "school_get", {});
  const forms = await Promise.all(templates.map(({ template }) => ask(leader, "template_get", { template })));
  const draft = forms.find(({ is_draft }) => is_draft).template;
  const { terms } = await ask(leader, "year_get", { year: null });
  const { term } = terms.find(({ is_now }) => is_now) ?? terms[0];
  const { review } = await ask(leader, "review_make", { term });
  await ask(leader, "review_words", { term, words: "Notice stood before every visit. Two records came late; from now on Friday’s last hour is for sharing." });
  for (const on of [draft, review]) {
    await ask(observer, "comment_put", { comment: null, on, part: "", text: "Clear to me, and short enough to keep in mind." });
  }
  const [notice] = await ask(leader, "notice_list", {});
  return { added, draft, term, notice: notice.notice, ...(await setForm(leader, observer, templates)) };
}

/** What comes of walks, as the demo school has it; of this term's walk a report is begun. */
async function setImproving(leader, walk) {
  await ask(leader, "report_start", { walk });
  const [{ report, walk: past }] = await ask(leader, "report_list", {});
  const { follows } = await ask(leader, "walk_get", { walk });
  return { past, action: follows.action, report };
}

/**
 * Sets the scene once for a hub, as its leader and its observer, and returns the ids that screens are opened with.
 * Today one visit is under way, one is finished, one can be started, and one came too late for its notice.
 */
export async function setScene(leader, observer) {
  const day = await ask(observer, "day_list", {});
  const of = (name) => day.visits.find((card) => card.class === name);
  const [open, finished, ready] = ["Kestrel class", "Heron class", "Kite class"].map(of);
  const [first] = await visitUnderWay(observer, open.visit);

  await ask(observer, "visit_start", { visit: finished.visit });
  for (const { key } of first.criteria) await write(observer, finished.visit, { what: "mark", criterion: key, mark: "seen" });
  await write(observer, finished.visit, { what: "went_well", entry: "e3", text: "Pupils chose their own equipment and talked about why" });
  await write(observer, finished.visit, { what: "overall", text: "A calm room in which pupils knew what came next." });
  await ask(observer, "visit_finish", { visit: finished.visit });

  const walks = await ask(leader, "walk_list", {});
  const walk = walks.find(({ walk }) => walk === open.walk).walk;
  const view = await ask(leader, "walk_get", { walk });
  const me = view.visits.flatMap(({ observers }) => observers).find(({ name }) => open.observers.includes(name));
  const merlin = (await ask(leader, "school_get", {})).classes.find(({ name }) => name === "Merlin class");
  const tomorrow = new Date(Date.now() + 86_400_000);
  tomorrow.setHours(14, 10, 0, 0);
  const planned = await ask(leader, "visit_put", {
    visit: null,
    walk,
    class: merlin.class,
    starts_at: tomorrow.toISOString(),
    minutes: 20,
    observers: [me.person],
    subject: "Art",
    part: "main",
  });
  const known = new Set(view.visits.map(({ card }) => card.visit));
  const locked = planned.visits.find(({ card }) => !known.has(card.visit)).card.visit;
  const shareable = planned.visits.find(({ may_share }) => may_share).card.visit;
  const changeable = planned.visits.find(({ card }) => card.class === "Swift class").card.visit;
  const voices = await setVoices(leader, observer, day.earlier);
  const { years } = await ask(leader, "self_evaluation_list", {});
  const improving = await setImproving(leader, walk);
  // Of the earliest walk all staff read what it showed; the others are seen by leaders only.
  const over = (await ask(leader, "pattern_list", {})).find(({ published_at }) => published_at).walk;
  // Kept no longer than its own year, so that last year's walk has come to its end.
  await ask(leader, "setting_put", { key: "retention_years", value: 0 });
  const set = { ...voices, ...improving, over, years: years.map(({ year }) => year) };
  return { ...set, open: open.visit, finished: finished.visit, ready: ready.visit, locked, walk, shareable, changeable };
}

const PASTED = [
  "Name\tRoles\tLine manager",
  "Rosa Winterbourne\tTeacher\tKwame Holt",
  "Sunil Ashgrove\tSupport\tNia Castellow",
  "\tTeacher\t",
  "Bea Larkin\tJuggler\tNobody Known",
].join("\n");

const BORROWED = JSON.stringify({
  alongside_form: 1,
  name: "Borrowed form",
  sections: [
    {
      key: "talk",
      title: "Talk",
      prompts: ["What are you learning?", "Is your teacher kind?"],
      criteria: [{ key: "pairs", text: "Pupils talk in pairs", guidance: "In any language" }],
    },
  ],
});

/**
 * Each screen of one person: its name, and a way to open it. The newcomer is at a hub with no school; the founder has
 * just started one, so that nothing is in it yet.
 * @type {Record<string, { name: string, open: (page: import("playwright-core").Page, ids: Awaited<ReturnType<typeof setScene>>) => Promise<void> }[]>}
 */
export const screens = {
  newcomer: [
    { name: "the first page", open: (page) => open(page, "#/", "Alongside") },
    { name: "starting a school", open: (page) => open(page, "#/start", "What is your school called?") },
    {
      name: "who starts it",
      open: async (page) => {
        await open(page, "#/start", "What is your school called?");
        await page.getByLabel("Name of the school").fill("Larkfield School");
        await page.getByRole("button", { name: "Next" }).click();
        await title(page, "And who are you?");
      },
    },
    { name: "joining", open: (page) => open(page, "#/join", "Sign in") },
  ],
  founder: [
    { name: "no self-evaluation yet", open: (page) => open(page, "#/self-evaluation", "Self-evaluation") },
    { name: "adding people at the start", open: (page) => open(page, "#/start/people", "People") },
    { name: "adding rooms at the start", open: (page) => open(page, "#/start/classes", /^Rooms/) },
    { name: "the end of the start", open: (page) => open(page, "#/start/ready", /is ready$/) },
    { name: "no walks yet", open: (page) => open(page, "#/walks", "Walks") },
    { name: "one person only", open: (page) => open(page, "#/school/people", "Larkfield School") },
    { name: "no classes yet", open: (page) => open(page, "#/school/classes", "Larkfield School") },
    { name: "no rooms yet", open: (page) => open(page, "#/school/rooms", "Larkfield School") },
    {
      name: "a walk with no visits yet",
      open: async (page) => {
        const { templates } = await ask(page, "school_get", {});
        const [before] = await ask(page, "walk_list", {});
        const walk = before?.walk ?? null;
        const words = { name: "Autumn walk", focus: "Pupils’ independence", purpose: "" };
        const plan = { walk, ...words, template: templates[0].template, term: null, classes: [], observers: [] };
        const put = await ask(page, "walk_put", plan);
        await open(page, `#/walks/${put.walk}`, "Autumn walk");
      },
    },
    { name: "mine in a new school", open: (page) => open(page, "#/mine", "Imke Sandoval") },
  ],
  stranger: [
    { name: "signing in", open: (page) => open(page, "#/", "Sign in") },
    { name: "what a walk is", open: (page) => open(page, "#/about", "About learning walks") },
  ],
  observer: [
    { name: "today", open: (page) => open(page, "#/today", "Today") },
    { name: "a visit before it starts", open: (page, { ready }) => open(page, `#/today/${ready}`, /Kite class/) },
    { name: "a visit that came too early", open: (page, { locked }) => open(page, `#/today/${locked}`, /Merlin class/) },
    { name: "the checklist", open: (page, ids) => open(page, `#/today/${ids.open}`, /Kestrel class/) },
    {
      name: "the checklist with what to look for",
      open: async (page, ids) => {
        await open(page, `#/today/${ids.open}`, /Kestrel class/);
        // Each turns into "Hide what to look for" under the finger.
        const closed = page.getByRole("button", { name: /^What to look for/ });
        for (let left = await closed.count(); left > 0; left -= 1) await closed.first().click();
      },
    },
    {
      name: "the summary",
      open: async (page, ids) => {
        await open(page, `#/today/${ids.open}`, /Kestrel class/);
        await page.getByRole("heading", { name: "Summary" }).scrollIntoViewIfNeeded();
      },
    },
    {
      name: "adding what went well",
      open: async (page, ids) => {
        await open(page, `#/today/${ids.open}`, /Kestrel class/);
        await page.getByRole("button", { name: "Went well", exact: true }).click();
        await dialog(page, /Kestrel class/);
      },
    },
    {
      name: "finishing",
      open: async (page, ids) => {
        await open(page, `#/today/${ids.open}`, /Kestrel class/);
        await page.getByRole("button", { name: "Finish" }).click();
        await dialog(page, /^Finish/);
      },
    },
    { name: "a finished visit", open: (page, { finished }) => open(page, `#/today/${finished}`, /Heron class/) },
    {
      name: "an addition to an earlier visit",
      open: async (page, { added }) => {
        await open(page, `#/today/${added}`, /class/);
        await page.getByRole("button", { name: "Add something" }).click();
        await settled(page);
      },
    },
    { name: "reflections others let one read", open: (page) => open(page, "#/mine/reflections", "Reflections") },
    { name: "mine as an observer", open: (page) => open(page, "#/mine", "Imani Adeyemi") },
    {
      name: "the checklist under the left hand",
      open: async (page, ids) => {
        await open(page, "#/mine", "Imani Adeyemi");
        await page.getByRole("radio", { name: "Left hand" }).check();
        await open(page, `#/today/${ids.open}`, /Kestrel class/);
      },
    },
    {
      name: "where the work is",
      open: async (page) => {
        await open(page, "#/today", "Today");
        await page.getByRole("button", { name: /^Sync:/ }).click();
        await dialog(page, "Where the work is");
      },
    },
  ],
  teacher: [
    { name: "coming", open: (page) => open(page, "#/coming", "Coming") },
    { name: "the visits to me", open: (page) => open(page, "#/visits", "Visits") },
    {
      name: "a record to answer",
      open: async (page) => {
        await open(page, "#/visits", "Visits");
        await page.getByRole("link", { name: /Ready to read/ }).first().click();
        await title(page, /Kestrel class/);
        await page.getByRole("button", { name: /^Reply/ }).first().click();
        await settled(page);
      },
    },
    {
      name: "a record that is answered",
      open: async (page) => {
        await open(page, "#/visits", "Visits");
        await page.getByRole("link", { name: /You answered/ }).first().click();
        await title(page, /Kestrel class/);
        await settled(page);
      },
    },
    {
      name: "who may read a reflection",
      open: async (page) => {
        await open(page, "#/visits", "Visits");
        await page.getByRole("link", { name: /You answered/ }).first().click();
        await page.getByRole("button", { name: /^Choose who may read/ }).click();
        await dialog(page, /^Who may read/);
      },
    },
    { name: "the notices", open: (page) => open(page, "#/notices", "Notices") },
    { name: "a notice", open: (page, { notice }) => open(page, `#/notices/${notice}`, /walk/i) },
    {
      name: "a form open to comments",
      open: async (page, { draft }) => {
        await open(page, `#/forms/${draft}`, "Seven lenses");
        await page.getByRole("button", { name: /^Comment/ }).first().click();
        await settled(page);
      },
    },
    { name: "a term's review", open: (page, { term }) => open(page, `#/reviews/${term}`, /^Review/) },
    { name: "a report", open: (page, { report }) => open(page, `#/reports/${report}`, /^Report/) },
    { name: "the actions, as a teacher", open: (page) => open(page, "#/actions", "Actions") },
    {
      name: "an action of one's own",
      open: async (page) => {
        await open(page, "#/actions", "Actions");
        await page.getByRole("link", { name: /^Core boards/ }).click();
        await title(page, /^Core boards/);
        await settled(page);
      },
    },
    { name: "what walks show", open: (page) => open(page, "#/patterns", "Patterns") },
    {
      name: "the words under a number",
      open: async (page, { over }) => {
        await open(page, `#/patterns/${over}`, /^Patterns:/);
        await page.getByRole("button", { name: /Communication, / }).first().click();
        await page.getByRole("dialog").getByText(/What observers wrote|Nothing to read/).waitFor();
        await settled(page);
      },
    },
    { name: "one walk is not enough", open: (page) => open(page, "#/patterns/over", "Walk over walk") },
    { name: "what is held about one", open: (page) => open(page, "#/mine/held", "What is held about me") },
    {
      name: "a word to the head",
      open: async (page) => {
        await open(page, "#/mine/head", "A concern");
        if ((await ask(page, "concern_list", {})).length > 0) return;
        await ask(page, "concern_raise", { text: "Three people stood in the room at first.", with_line_manager: true });
        await page.getByRole("heading", { name: "What was said" }).waitFor();
      },
    },
    {
      name: "what a teacher finds",
      open: async (page) => {
        await open(page, "#/search", "Search");
        await page.getByLabel("Words").fill("pupils");
        await page.getByRole("status").filter({ hasText: "found" }).waitFor();
        await settled(page);
      },
    },
    { name: "mine as a teacher", open: (page) => open(page, "#/mine", "Nia Castellow") },
    { name: "what a walk is, as a teacher", open: (page) => open(page, "#/about", "About learning walks") },
  ],
  leader: [
    { name: "the year", open: (page) => open(page, "#/year", /^Year/) },
    {
      name: "a year with no terms",
      open: async (page) => {
        await open(page, "#/year", /^Year/);
        await page.getByRole("navigation", { name: "Years" }).getByRole("link").last().click();
        await page.getByRole("button", { name: "Add these three terms" }).waitFor();
        await settled(page);
      },
    },
    {
      name: "a term",
      open: async (page) => {
        await open(page, "#/year", /^Year/);
        await page.getByRole("button", { name: /^Change .*term/ }).first().click();
        await dialog(page, /term/);
      },
    },
    { name: "a timetable", open: (page, { walk }) => open(page, `#/walks/${walk}/timetable`, "Timetable") },
    {
      name: "wishing for a timetable",
      open: async (page, { walk }) => {
        await open(page, `#/walks/${walk}/timetable`, "Timetable");
        await page.getByText("Offer a timetable").first().click();
        await page.getByRole("button", { name: "Offer another" }).waitFor();
      },
    },
    {
      name: "a visit in the timetable",
      open: async (page, { walk }) => {
        await open(page, `#/walks/${walk}/timetable`, "Timetable");
        await page.getByRole("button", { name: /Swift class/ }).click();
        await dialog(page, /^Swift class/);
      },
    },
    { name: "what the school has agreed", open: (page) => open(page, "#/settings", "What the school has agreed") },
    {
      name: "changing a setting",
      open: async (page) => {
        await open(page, "#/settings", "What the school has agreed");
        await page.getByRole("button", { name: "Change Notice before a visit" }).click();
        await dialog(page, "Notice before a visit");
      },
    },
    {
      name: "changing the lessons of the day",
      open: async (page) => {
        await open(page, "#/settings", "What the school has agreed");
        await page.getByRole("button", { name: "Change Lessons of the day" }).click();
        await dialog(page, "Lessons of the day");
      },
    },
    { name: "patterns as a grid", open: (page, { over }) => open(page, `#/patterns/${over}`, /^Patterns:/) },
    {
      name: "patterns as bars",
      open: async (page, { walk }) => {
        await open(page, `#/patterns/${walk}`, /^Patterns:/);
        await page.getByText("Bars", { exact: true }).click();
        await settled(page);
      },
    },
    {
      name: "patterns as a table",
      open: async (page, { over }) => {
        await open(page, `#/patterns/${over}`, /^Patterns:/);
        await page.getByText("Table", { exact: true }).click();
        await page.getByRole("table").waitFor();
      },
    },
    { name: "walk over walk", open: (page) => open(page, "#/patterns/over", "Walk over walk") },
    { name: "the log", open: (page) => open(page, "#/log", "Log") },
    { name: "the end of keeping", open: (page) => open(page, "#/retention", "End of keeping") },
    {
      name: "destroying what is due",
      open: async (page) => {
        await open(page, "#/retention", "End of keeping");
        await page.getByRole("button", { name: /^Destroy/ }).click();
        await dialog(page, /^Destroy/);
      },
    },
    { name: "the walks", open: (page) => open(page, "#/walks", "Walks") },
    { name: "a walk", open: (page, { walk }) => open(page, `#/walks/${walk}`, /walk/i) },
    {
      name: "giving notice",
      open: async (page, { walk }) => {
        await open(page, `#/walks/${walk}`, /walk/i);
        await page.getByRole("button", { name: /^Give notice/ }).click();
        await dialog(page, /Give notice/);
      },
    },
    {
      name: "sharing what is only half there",
      open: async (page, { walk }) => {
        await open(page, `#/walks/${walk}`, /walk/i);
        await page.getByRole("button", { name: "Share the record of Heron class" }).click();
        await dialog(page, /^Share the record/);
      },
    },
    { name: "a record to share", open: (page, { walk, shareable }) => open(page, `#/walks/${walk}/record/${shareable}`, /class/) },
    { name: "planning a walk", open: (page) => open(page, "#/walks/plan", "Plan a walk") },
    { name: "changing a walk", open: (page, { walk }) => open(page, `#/walks/${walk}/plan`, "Change the walk") },
    { name: "planning a visit", open: (page, { walk }) => open(page, `#/walks/${walk}/visit`, "Plan a visit") },
    {
      name: "changing a visit",
      open: (page, { walk, changeable }) => open(page, `#/walks/${walk}/visit/${changeable}`, "Change the visit"),
    },
    {
      name: "cancelling a visit",
      open: async (page, { walk, changeable }) => {
        await open(page, `#/walks/${walk}/visit/${changeable}`, "Change the visit");
        await page.getByRole("button", { name: "Cancel the visit…" }).click();
        await dialog(page, /^Cancel the visit/);
      },
    },
    { name: "the devices", open: (page) => open(page, "#/devices", "Devices") },
    { name: "sending without a network", open: (page) => open(page, "#/letters", "Send without a network") },
    {
      name: "an invitation",
      open: async (page) => {
        await open(page, "#/devices", "Devices");
        await page.getByRole("button", { name: "Invite a person" }).click();
        await page.getByLabel("Person", { exact: true }).selectOption({ label: "Desmond Arkwell" });
        await page.getByRole("button", { name: "Make a code" }).click();
        await dialog(page, "For Desmond Arkwell");
      },
    },
    { name: "the people", open: (page) => open(page, "#/school/people", "Larkenmoor School") },
    { name: "the classes", open: (page) => open(page, "#/school/classes", "Larkenmoor School") },
    { name: "the rooms", open: (page) => open(page, "#/school/rooms", "Larkenmoor School") },
    {
      name: "a person",
      open: async (page) => {
        await open(page, "#/school/people", "Larkenmoor School");
        await page.getByRole("button", { name: "Change Kwame Holt" }).click();
        await dialog(page, "Kwame Holt");
      },
    },
    {
      name: "a class",
      open: async (page) => {
        await open(page, "#/school/classes", "Larkenmoor School");
        await page.getByRole("button", { name: "Change Kestrel class" }).click();
        await dialog(page, "Kestrel class");
      },
    },
    {
      name: "a room",
      open: async (page) => {
        await open(page, "#/school/rooms", "Larkenmoor School");
        await page.getByRole("button", { name: "Add a room" }).click();
        await dialog(page, "Add a room");
      },
    },
    {
      name: "a list that is pasted",
      open: async (page) => {
        await open(page, "#/school/people/add", /people/i);
        await page.getByLabel("Paste the list here").fill(PASTED);
        await page.getByRole("region", { name: "Preview" }).waitFor();
        await page.getByText("Look at this").first().waitFor();
      },
    },
    { name: "the search", open: (page) => open(page, "#/search", "Search") },
    {
      name: "what is found",
      open: async (page) => {
        await open(page, "#/search", "Search");
        await page.getByLabel("Words").fill("pupils");
        await page.getByRole("heading", { name: "In records" }).waitFor();
        await settled(page);
      },
    },
    {
      name: "what a name finds",
      open: async (page) => {
        await open(page, "#/search", "Search");
        await page.getByLabel("Words").fill("kestrel");
        await page.getByText("not searched by the name").waitFor();
        await settled(page);
      },
    },
    { name: "the self-evaluations", open: (page) => open(page, "#/self-evaluation", "Self-evaluation") },
    { name: "this year's self-evaluation", open: (page, { years }) => open(page, `#/self-evaluation/${years[0]}`, /^Self-evaluation/) },
    {
      name: "last year's self-evaluation with its tables",
      open: async (page, { years }) => {
        await open(page, `#/self-evaluation/${years[1]}`, /^Self-evaluation/);
        await page.getByText("The figures as tables").click();
      },
    },
    {
      name: "where to read on",
      open: async (page, { years }) => {
        await open(page, `#/self-evaluation/${years[0]}`, /^Self-evaluation/);
        await page.getByRole("button", { name: /^Change the reading/ }).first().click();
        await dialog(page, /^Where to read on/);
      },
    },
    {
      name: "closing a self-evaluation",
      open: async (page, { years }) => {
        await open(page, `#/self-evaluation/${years[0]}`, /^Self-evaluation/);
        await page.getByRole("button", { name: /^Close / }).click();
        await dialog(page, /^Close the self-evaluation/);
      },
    },
    { name: "rating", open: (page, { years }) => open(page, `#/self-evaluation/${years[0]}/rate/parents`, /^Rate/) },
    { name: "comparing ratings", open: (page, { years }) => open(page, `#/self-evaluation/${years[0]}/agree/parents`, /^Compare/) },
    {
      name: "what governors may do",
      open: async (page) => {
        await open(page, "#/settings", "What the school has agreed");
        await page.getByRole("button", { name: /Governors and the self-evaluation/ }).click();
        await dialog(page, "Governors and the self-evaluation");
      },
    },
    { name: "what comes of walks", open: (page) => open(page, "#/improve", "Improve") },
    { name: "a debrief", open: (page, { past }) => open(page, `#/walks/${past}/debrief`, "Debrief") },
    {
      name: "the draft of a report",
      open: async (page, { walk }) => {
        await open(page, `#/walks/${walk}/report`, /^Report/);
        await page.getByRole("button", { name: "Add a strength" }).waitFor();
      },
    },
    {
      name: "putting a report right",
      open: async (page, { past }) => {
        await open(page, `#/walks/${past}/report`, /^Report/);
        await page.getByText("Put something right").click();
        await settled(page);
      },
    },
    { name: "the actions", open: (page) => open(page, "#/actions", "Actions") },
    {
      name: "the board of actions",
      open: async (page) => {
        await open(page, "#/actions", "Actions");
        await page.getByText("Board", { exact: true }).click();
        await settled(page);
      },
    },
    { name: "an action", open: (page, { action }) => open(page, `#/actions/${action}`, /^Pupils check/) },
    {
      name: "adding an action",
      open: async (page, { past }) => {
        await open(page, `#/walks/${past}/report`, /^Report/);
        await page.getByRole("button", { name: "Add an action" }).click();
        await dialog(page, "Add an action");
        await page.getByLabel("Criterion that will show it").waitFor();
      },
    },
    { name: "planning a walk that follows an action up", open: (page, { action }) => open(page, `#/walks/plan/after/${action}`, "Plan a walk") },
    { name: "a term's review to keep", open: (page, { term }) => open(page, `#/reviews/${term}`, /^Review/) },
    {
      name: "settling a form",
      open: async (page, { draft }) => {
        await open(page, `#/forms/${draft}`, "Seven lenses");
        await page.getByRole("button", { name: "Settle the form…" }).click();
        await dialog(page, /^Settle/);
      },
    },
    { name: "the forms", open: (page) => open(page, "#/forms", "Forms") },
    {
      name: "making one's own form",
      open: async (page) => {
        await open(page, "#/forms", "Forms");
        await page.getByRole("button", { name: "Make our own" }).click();
        await dialog(page, "Make our own form");
      },
    },
    {
      name: "a form being edited",
      open: async (page, { own }) => {
        await open(page, `#/forms/${own}/edit`, "Our evidence form");
        await page.getByText("Say which aids", { exact: true }).waitFor();
      },
    },
    {
      name: "a form being edited, as an observer reads it",
      open: async (page, { own }) => {
        await open(page, `#/forms/${own}/edit`, "Our evidence form");
        const look = page.getByRole("button", { name: "As an observer reads it" });
        if (await look.isVisible()) await look.click();
        await page.getByRole("button", { name: /^What to look for/ }).first().click();
      },
    },
    {
      name: "splitting a criterion",
      open: async (page, { own }) => {
        await open(page, `#/forms/${own}/edit`, "Our evidence form");
        await page.getByRole("button", { name: /^Split/ }).first().click();
        await dialog(page, "Split in two");
      },
    },
    { name: "two forms beside each other", open: (page, { own, before }) => open(page, `#/forms/${own}/compare/${before}`, "What changed") },
    {
      name: "a form from a file",
      open: async (page) => {
        await open(page, "#/forms/import", "A form from a file");
        await page.getByLabel("Choose a file").setInputFiles({ name: "borrowed.json", mimeType: "application/json", buffer: Buffer.from(BORROWED) });
        await page.getByRole("heading", { name: "What does not fit" }).waitFor();
      },
    },
    { name: "what was raised with the head", open: (page) => open(page, "#/mine/head", "Raised with you") },
    { name: "mine as a leader", open: (page) => open(page, "#/mine", "Helen Nandakumar") },
  ],
};

