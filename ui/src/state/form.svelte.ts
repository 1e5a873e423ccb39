// A draft in front of a leader: every word a Writing that saves itself, every other change made at once, and each with
// what undoes it. What may be changed is the Rust side's to say; this only carries values.
import { SvelteMap } from "svelte/reactivity";
import type { Section, TemplateEdit, TemplateView } from "../contract";
import { call } from "../lib/door";
import { entryKey } from "../lib/keys";
import { sync } from "./sync.svelte";
import { Writing } from "./writing.svelte";

const typing = { delay: 600, onFailure: "keep" } as const;
/** How many steps back are kept. */
const stepsKept = 50;

type Step = { tag: string; undo: TemplateEdit[] };

export class OpenForm {
  view: TemplateView = $state.raw() as TemplateView;
  #steps: Step[] = $state.raw([]);
  #texts = new SvelteMap<string, Writing<string>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(view: TemplateView) {
    this.view = view;
    this.#receive(view, Infinity);
  }

  /** What is typed, with what is not saved yet, as an observer would read it. */
  readonly sections: Section[] = $derived(
    this.view.sections.map((section) => ({
      key: section.key,
      title: this.#shown(`title.${section.key}`, section.title),
      prompts: linesOf(this.#shown(`prompts.${section.key}`, section.prompts.join("\n"))),
      criteria: section.criteria.map(({ key, text, guidance }) => ({
        key,
        text: this.#shown(`text.${key}`, text),
        guidance: this.#shown(`guidance.${key}`, guidance ?? "") || null,
      })),
    })),
  );

  get canUndo(): boolean {
    return this.#steps.length > 0;
  }

  /** A text of the form: `name`, or `title.`, `prompts.`, `text.` or `guidance.` and a key. */
  text(name: string): Writing<string> | undefined {
    return this.#texts.get(name);
  }

  /** Makes changes, one call after the other. Rejects with an ApiError when they could not be made. */
  change(edits: TemplateEdit[]): Promise<void> {
    return this.#make("", edits);
  }

  /** Takes the last step back. */
  async undo(): Promise<void> {
    const [step, ...rest] = this.#steps;
    if (!step) return;
    await this.#ask(step.undo);
    this.#steps = rest;
  }

  /** A new criterion at the end of a section; answers its key. */
  async addCriterion(section: string, text: string): Promise<string> {
    const criterion = entryKey();
    const place = this.view.sections.find(({ key }) => key === section)?.criteria.length ?? 0;
    await this.change([{ what: "criterion_add", criterion, section, text, place }]);
    return criterion;
  }

  /** A new section at the end; answers its key. */
  async addSection(title: string): Promise<string> {
    const section = entryKey();
    await this.change([{ what: "section_add", section, title, place: this.view.sections.length }]);
    return section;
  }

  /** Takes in what was read elsewhere at `readAt`. */
  receive(view: TemplateView, readAt: number): void {
    this.view = view;
    this.#receive(view, readAt);
  }

  async #make(tag: string, edits: TemplateEdit[]): Promise<void> {
    const undo = await this.#ask(edits);
    const [last] = this.#steps;
    // Going on with the same words is one step: back is to before they were begun.
    if (tag !== "" && last?.tag === tag) return;
    this.#steps = [{ tag, undo }, ...this.#steps].slice(0, stepsKept);
  }

  #ask(edits: TemplateEdit[]): Promise<TemplateEdit[]> {
    const run = async () => {
      const readAt = performance.now();
      const { form, undo } = await call("template_edit", { template: this.view.template, edits });
      this.receive(form, readAt);
      sync.soon();
      return undo;
    };
    const next = this.#last.then(run, run);
    this.#last = next.catch(() => undefined);
    return next;
  }

  #shown(name: string, stored: string): string {
    return this.#texts.get(name)?.shown ?? stored;
  }

  #receive(view: TemplateView, readAt: number): void {
    this.#put("name", view.name, readAt, (name) => ({ what: "name", name }));
    for (const { key: section, title, prompts, criteria } of view.sections) {
      this.#put(`title.${section}`, title, readAt, (text) => ({ what: "section_title", section, title: text }));
      this.#put(`prompts.${section}`, prompts.join("\n"), readAt, (text) => ({
        what: "section_prompts",
        section,
        prompts: linesOf(text),
      }));
      for (const { key: criterion, text, guidance } of criteria) {
        this.#put(`text.${criterion}`, text, readAt, (text) => ({ what: "criterion_text", criterion, text }));
        this.#put(`guidance.${criterion}`, guidance ?? "", readAt, (guidance) => ({
          what: "criterion_guidance",
          criterion,
          guidance,
        }));
      }
    }
  }

  #put(name: string, stored: string, readAt: number, edit: (text: string) => TemplateEdit): void {
    const held = this.#texts.get(name);
    if (held) held.receive(stored, readAt);
    else this.#texts.set(name, new Writing<string>(stored, (text) => this.#make(name, [edit(text)]), typing));
  }
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
