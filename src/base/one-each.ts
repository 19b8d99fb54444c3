/** As many of `T` as another list has elements: a tuple for a tuple, so that each of them is known to be there. */
export type OneEach<List extends readonly unknown[], T> = { -readonly [Index in keyof List]: T };

/** The same where a number may stand for the list. */
export type OneEachOf<Given extends readonly unknown[] | number, T> = Given extends readonly unknown[]
  ? OneEach<Given, T>
  : T[];
