// nft keeps its comments in the user data of an object: type, length, text and a NUL. The number of the type differs.
const COMMENT_TYPE = { nftTable: 0, nftSetElem: 0, nftSet: 4 } as const;

/** A comment as `nft list ruleset` shows it. */
export function comment(kind: keyof typeof COMMENT_TYPE, text: string): Uint8Array {
  const bytes = Buffer.from(`${text.slice(0, 120)}\0`);
  return Uint8Array.of(COMMENT_TYPE[kind], bytes.length, ...bytes);
}

/** The comment in an object's user data; undefined if there is none. */
export function commentOf(
  kind: keyof typeof COMMENT_TYPE,
  userdata: Uint8Array | undefined,
): string | undefined {
  for (let at = 0; userdata !== undefined && at + 2 <= userdata.length;) {
    const length = userdata[at + 1] ?? 0;
    if (userdata[at] === COMMENT_TYPE[kind]) {
      return Buffer.from(userdata.subarray(at + 2, at + 2 + length))
        .toString()
        .replace(/\0$/, '');
    }
    at += 2 + length;
  }
  return undefined;
}
