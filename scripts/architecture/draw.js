'use strict';
// Draws docs/architecture.svg from the imports: floors as rows, rooms as boxes, arrows without those implied by longer paths.
//   node scripts/architecture/draw.js [--check]
const fs = require('node:fs');
const path = require('node:path');
const { FLOORS } = require('./floors');
const { filesOf, importsOf, roomOf } = require('./imports');

const root = path.join(__dirname, '../..');
const picture = path.join(root, 'docs/architecture.svg');
const BOX = { width: 150, height: 40, gapX: 18, gapY: 44 };
const MARGIN = 24;

/** The rooms that each room imports from. */
function roomGraph() {
  const graph = new Map(FLOORS.flat().map((room) => [room, new Set()]));
  for (const [file, targets] of importsOf(root))
    for (const target of targets)
      if (roomOf(file) !== roomOf(target)) graph.get(roomOf(file)).add(roomOf(target));
  return graph;
}

/** The graph without arrows whose target is also reached by a longer path. */
function reduced(graph) {
  const reach = new Map();
  const reachOf = (room) => {
    if (!reach.has(room)) {
      const all = new Set(graph.get(room));
      for (const next of graph.get(room)) for (const further of reachOf(next)) all.add(further);
      reach.set(room, all);
    }
    return reach.get(room);
  };
  const arrows = [];
  for (const [room, targets] of graph)
    for (const target of targets)
      if (![...targets].some((other) => other !== target && reachOf(other).has(target)))
        arrows.push([room, target]);
  return arrows;
}

/** The middle of each room's box. The highest floor is drawn first. */
function places() {
  const widest = Math.max(...FLOORS.map((floor) => floor.length));
  const width = 2 * MARGIN + widest * (BOX.width + BOX.gapX) - BOX.gapX;
  const found = new Map();
  FLOORS.toReversed().forEach((floor, row) => {
    const own = floor.length * (BOX.width + BOX.gapX) - BOX.gapX;
    floor.forEach((room, column) => {
      const x = (width - own) / 2 + column * (BOX.width + BOX.gapX) + BOX.width / 2;
      found.set(room, { x, y: MARGIN + row * (BOX.height + BOX.gapY) + BOX.height / 2 });
    });
  });
  return { found, width, height: 2 * MARGIN + FLOORS.length * (BOX.height + BOX.gapY) - BOX.gapY };
}

function arrow({ x: x1, y: y1 }, { x: x2, y: y2 }) {
  if (y1 === y2) {
    const side = Math.sign(x2 - x1) * (BOX.width / 2);
    return `<path d="M${x1 + side} ${y1}L${x2 - side} ${y2}"/>`;
  }
  const from = y1 + BOX.height / 2;
  const to = y2 - BOX.height / 2 - 2;
  const bend = (to - from) / 2;
  return `<path d="M${x1} ${from}C${x1} ${from + bend} ${x2} ${to - bend} ${x2} ${to}"/>`;
}

function box(room, { x, y }, count) {
  const [left, top] = [x - BOX.width / 2, y - BOX.height / 2];
  const name = room === '.' ? 'src' : room;
  return (
    `<rect x="${left}" y="${top}" width="${BOX.width}" height="${BOX.height}" rx="4"/>` +
    `<text x="${x}" y="${y - 2}">${name}</text>` +
    `<text class="count" x="${x}" y="${y + 12}">${count} ${count === 1 ? 'file' : 'files'}</text>`
  );
}

function draw() {
  const { found, width, height } = places();
  const counts = new Map();
  for (const file of filesOf(root)) counts.set(roomOf(file), (counts.get(roomOf(file)) ?? 0) + 1);
  const arrows = reduced(roomGraph()).map(([from, to]) => arrow(found.get(from), found.get(to)));
  const boxes = [...found].map(([room, place]) => box(room, place, counts.get(room) ?? 0));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif">`,
    '<style>rect{fill:#f4f6f8;stroke:#57606a}text{font-size:12px;text-anchor:middle;fill:#1f2328}',
    '.count{font-size:10px;fill:#57606a}path{fill:none;stroke:#8c959f;marker-end:url(#tip)}</style>',
    '<defs><marker id="tip" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" orient="auto">',
    '<polygon points="0,0 6,3 0,6" fill="#8c959f"/></marker></defs>',
    '<rect width="100%" height="100%" style="fill:#fff;stroke:none"/>',
    ...arrows,
    ...boxes,
    '</svg>',
    '',
  ].join('\n');
}

const now = draw();
if (!process.argv.includes('--check')) fs.writeFileSync(picture, now);
else if (fs.readFileSync(picture, 'utf8') !== now) {
  console.error('docs/architecture.svg differs from the imports: run node scripts/architecture/draw.js');
  process.exitCode = 1;
}
