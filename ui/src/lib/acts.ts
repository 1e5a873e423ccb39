// What the log says was done, in a word or two for choosing by. Acts it does not know are shown by their own name.

const names: Record<string, string> = {
  accepted: "Written",
  read: "Read",
  exported: "Taken away as a file",
  destroyed: "Destroyed",
  invited: "Invited",
  paired: "Signed in",
  left: "Signed out",
};

export const acts: readonly string[] = Object.keys(names);

export function actName(act: string): string {
  const known = names[act];
  if (known !== undefined) return known;
  const words = act.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
