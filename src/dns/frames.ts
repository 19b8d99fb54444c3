/** A DNS message as streams carry it: behind its length. */
export function frame(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/**
 * The messages of a stream; of longer ones than `most` bytes, these first bytes. What is cut off at its end is dropped. No more
 * than one message is kept, in one piece, however small the pieces are in which it comes.
 */
export async function* messagesOf(stream: AsyncIterable<Buffer>, most = 65_535): AsyncGenerator<Buffer> {
  let message = Buffer.alloc(0);
  // How many bytes have come, and how many make up the message with its length; 2 until that is known.
  let [come, whole, first] = [0, 2, 0];
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length;) {
      if (come < 2) {
        first = (first << 8) | (chunk[at++] ?? 0);
        if (++come < 2) continue;
        whole = 2 + first;
        message = Buffer.alloc(Math.min(first, most));
      } else {
        const end = Math.min(chunk.length, at + whole - come);
        if (come - 2 < message.length) chunk.copy(message, come - 2, at, end);
        come += end - at;
        at = end;
      }
      if (come < whole) continue;
      yield message;
      [come, whole, first] = [0, 2, 0];
    }
  }
}
