/** An object whose keys only the attribute tables know. */
export type Body = Readonly<Record<string, unknown>>;
