import { spawn } from 'node:child_process';
import { Network } from '../../../../src/network/network';
import { BEYOND, dig, ended, lab, needTools, waitForText } from '../../../support';

needTools('ip', 'nft', 'dig', 'nsenter', 'python3', 'iptables-nft', 'iptables-legacy');

const GATEWAY = '10.68.0.1';
const NAMES = 20;

// Questions without end, from ports that change, until it is killed.
const FLOOD = `
import os, socket, struct
sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(16)]
for one in sockets: one.connect(('${GATEWAY}', 53)); one.setblocking(False)
question = struct.pack('!HHHHHH', 7, 0x100, 1, 0, 0, 0) + b'\\x05flood\\x03lab\\0' + struct.pack('!HH', 1, 1)
sent = 0
while True:
  for one in sockets:
    try: one.send(question); sent += 1
    except OSError: pass
  if sent > 20000: print('flooding', flush=True); sent = -1 << 62
`;

test.each(['nftables', 'iptables-nft', 'iptables-legacy'] as const)(
  'who asks for names without end does not keep others from their answers: %s',
  async (firewall) => {
    const { host } = await lab();
    const dns = { upstreams: [BEYOND] };
    const network = await Network.create({ name: 'lab', subnet: '10.68.0.0/24', host, dns, firewall });
    const [flooding, asking] = await network.attachMany(['flooding', 'asking']);
    const place = `--net=/proc/${process.pid}/fd/${flooding.netns.fd}`;
    const flood = spawn('nsenter', [place, 'python3', '-c', FLOOD], { stdio: ['ignore', 'pipe', 'inherit'] });
    await waitForText(flood, 'flooding');
    const end = ended(flood);
    try {
      for (let count = 0; count < NAMES; count++)
        expect(await dig(asking.netns, `@${GATEWAY}`, '+time=2', 'asking')).toEqual([asking.address]);
    } finally {
      flood.kill('SIGKILL');
      await end;
    }
    // The one who flooded has its answers again.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await dig(flooding.netns, `@${GATEWAY}`, 'asking')).toEqual([asking.address]);
    await network.delete();
  },
);
