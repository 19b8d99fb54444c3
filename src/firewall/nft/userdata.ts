// nft stores comments in the user data of an object: type, length, text and a NUL. The type number differs.
const COMMENT_TYPE = { nftTable: 0, nftChain: 0, nftRule: 0, nftSet: 7, nftSetElem: 0, nftObj: 0 } as const;

/** The kinds of object with comments. */
export type Commented = keyof typeof COMMENT_TYPE;

/** nft's limit, in bytes. */
export const LONGEST_COMMENT = 128;

/** A comment as `nft list ruleset` shows it. */
export function comment(kind: Commented, text: string): Uint8Array {
  const whole = Buffer.from(text);
  let end = Math.min(whole.length, LONGEST_COMMENT);
  // A character is not cut: its other bytes are 10xxxxxx.
  while (((whole[end] ?? 0) & 0xc0) === 0x80) end--;
  const bytes = Buffer.from([...whole.subarray(0, end), 0]);
  return Uint8Array.of(COMMENT_TYPE[kind], bytes.length, ...bytes);
}

/** The comment in an object's user data; undefined if there is none. */
export function commentOf(kind: Commented, userdata: Uint8Array | undefined): string | undefined {
  const text = userdataOf(COMMENT_TYPE[kind], userdata);
  return text && Buffer.from(text).toString().replace(/\0$/, '');
}

/** The entry of a type in an object's user data. */
export function userdataOf(type: number, userdata: Uint8Array | undefined): Uint8Array | undefined {
  for (let at = 0; userdata !== undefined && at + 2 <= userdata.length;) {
    const length = userdata[at + 1] ?? 0;
    if (userdata[at] === type) return userdata.subarray(at + 2, at + 2 + length);
    at += 2 + length;
  }
  return undefined;
}
