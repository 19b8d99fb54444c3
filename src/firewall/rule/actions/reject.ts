import { ICMP_CODE, ICMPV6_CODE, ICMPX_CODE } from '../../text/values/symbols';
import type { Compiler, Statement } from '../compile/compiler';
import type { Tokens } from '../compile/lexer';
import { symbolIn } from '../compile/values';

const CODES = { icmp: ICMP_CODE, icmpv6: ICMPV6_CODE, icmpx: ICMPX_CODE } as const;
const PORT_UNREACHABLE = { icmp: 3, icmpv6: 4, icmpx: 1 } as const;

/** `reject`, optionally with a type. */
export function reject(tokens: Tokens): Statement {
  tokens.expect('reject');
  if (!tokens.accept('with')) return (compiler) => compiler.add('reject', plainReject(compiler));
  if (tokens.accept('tcp', 'reset'))
    return (compiler) => {
      compiler.needs('tcp');
      compiler.add('reject', { type: 'tcpReset', icmpCode: 0 });
    };
  const kind = tokens.oneOf(['icmp', 'icmpv6', 'icmpx']);
  if (kind === undefined) throw tokens.wrong('icmp, icmpv6, icmpx or tcp reset');
  tokens.accept('type');
  const icmpCode = symbolIn(CODES[kind], tokens.take());
  return (compiler) => {
    if (kind === 'icmpx') {
      if (compiler.family === 'ip' || compiler.family === 'ip6')
        compiler.conflict('icmpx, which is for tables of both IP families');
      compiler.add('reject', { type: 'icmpx', icmpCode });
      return;
    }
    compiler.needs(kind === 'icmp' ? 'ip' : 'ip6');
    compiler.add('reject', { type: 'icmp', icmpCode });
  };
}

function plainReject({ network }: Compiler): { type: string; icmpCode: number } {
  if (network === 'ip') return { type: 'icmp', icmpCode: PORT_UNREACHABLE.icmp };
  if (network === 'ip6') return { type: 'icmp', icmpCode: PORT_UNREACHABLE.icmpv6 };
  return { type: 'icmpx', icmpCode: PORT_UNREACHABLE.icmpx };
}
