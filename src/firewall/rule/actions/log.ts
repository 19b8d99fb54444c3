import { LOG_LEVEL } from '../../text/values/symbols';
import type { Statement } from '../compile/compiler';
import type { Tokens } from '../compile/lexer';
import { simple } from './statements';
import { symbolIn } from '../compile/values';

/** `log prefix "text" level info`: nft's options, in any order. */
export function log(tokens: Tokens): Statement {
  tokens.expect('log');
  const data: Record<string, unknown> = {};
  for (
    let word;
    (word = tokens.oneOf(['prefix', 'level', 'group', 'snaplen', 'queue-threshold', 'flags']));
  ) {
    if (word === 'prefix') data['prefix'] = prefixIn(tokens);
    if (word === 'level') data['level'] = symbolIn(LOG_LEVEL, tokens.take());
    if (word === 'group') data['group'] = tokens.number(0, 0xffff);
    if (word === 'snaplen') data['snaplen'] = tokens.number();
    if (word === 'queue-threshold') data['qthreshold'] = tokens.number(0, 0xffff);
    if (word === 'flags') data['flags'] = Number(data['flags'] ?? 0) | logFlags(tokens);
  }
  if (data['level'] !== undefined && data['group'] !== undefined)
    throw tokens.wrong('a level or a group, not both');
  return simple('log', data);
}

function prefixIn(tokens: Tokens): string {
  const text = tokens.name('a prefix in quotation marks');
  // nft itself cannot list other prefixes.
  if (Buffer.byteLength(text) > 127 || /["\0\n]/.test(text))
    throw tokens.wrong('a prefix of at most 127 bytes, without quotation marks', 1);
  return text;
}

function logFlags(tokens: Tokens): number {
  if (tokens.accept('all')) return 0x2f;
  if (tokens.accept('skuid')) return 8;
  if (tokens.accept('ether')) return 0x20;
  if (tokens.accept('ip', 'options')) return 4;
  tokens.expect('tcp');
  let bits = 0;
  do {
    const word = tokens.oneOf(['sequence', 'options']);
    if (word === undefined) throw tokens.wrong('sequence or options');
    bits |= word === 'sequence' ? 1 : 2;
  } while (tokens.accept(','));
  return bits;
}
