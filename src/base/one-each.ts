/** One `T` for each element of another list. A tuple gives a tuple, so each element is known to exist. */
export type OneEach<List extends readonly unknown[], T> = { -readonly [Index in keyof List]: T };

/** The same, where a number may stand for the list. */
export type OneEachOf<Given extends readonly unknown[] | number, T> = Given extends readonly unknown[]
  ? OneEach<Given, T>
  : T[];
