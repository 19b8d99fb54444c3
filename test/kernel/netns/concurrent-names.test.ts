import { needTools, runChildBy } from '../../support';

needTools('unshare', 'mount');

interface Race {
  competitors: { code: number; won: number[]; errors: string[] }[];
  places: string[];
  listed: number;
  left: string[];
}

test('processes that race for names and for the shared mount: one winner each, nothing stacked', async () => {
  const script = 'mount -t tmpfs none /run; exec "$@"';
  const command = ['unshare', '--mount', '--net', '--propagation', 'private', 'sh', '-ec', script, 'sh'];
  const { code, stdout, stderr } = await runChildBy(command, 'race');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const { competitors, places, listed, left } = JSON.parse(stdout) as Race;
  expect(competitors.map((competitor) => competitor.code)).toEqual([0, 0, 0, 0]);
  const won = competitors.flatMap((competitor) => competitor.won).sort((a, b) => a - b);
  expect(won).toEqual(Array.from({ length: 50 }, (_, index) => index));
  for (const { errors } of competitors) expect(errors).toEqual(errors.length > 0 ? ['EEXIST'] : []);
  expect(listed).toBe(50);
  expect(places).toHaveLength(51); // The directory once, and each name once.
  expect(new Set(places).size).toBe(51);
  expect(left).toEqual([]);
});
