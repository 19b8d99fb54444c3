/** Prefixes a DNS message with its length, for a stream. */
export function frame(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/**
 * Yields the messages of a stream, truncated to `most` bytes. An incomplete message at the end is dropped. Buffers one
 * message at most, in one piece, however small the chunks are.
 */
export async function* messagesOf(stream: AsyncIterable<Buffer>, most = 65_535): AsyncGenerator<Buffer> {
  let message = Buffer.alloc(0);
  // Bytes received of the current message, and its total size with the length prefix; 2 until the length is known.
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
