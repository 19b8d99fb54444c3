import { hex, type Sample } from './sample';

/** Ethtool's own family; its messages have the number of their command where the executor puts the family's. */
export const ethtool: readonly Sample[] = [
  {
    title: 'features of a device',
    wire: hex(
      '0c010000',
      '44000380' +
        '40000380' +
        '200001801b00020074782d636865636b73756d2d69702d67656e657269630000' +
        '1c00018008000100030000000b00020072782d67726f000004000300',
      '14000180' + '0800010001000000' + '0800030002000000',
    ),
    family: 'ethtool',
    verb: 'set',
    body: {
      dev: 1,
      flags: ['omitReply'],
      wanted: {
        bits: [
          { name: 'tx-checksum-ip-generic', value: false },
          { index: 3, name: 'rx-gro', value: true },
        ],
      },
    },
  },
  {
    title: 'the question for them',
    wire: hex('0b010000', '0c000180' + '0800010001000000'),
    family: 'ethtool',
    verb: 'get',
    body: { dev: 1 },
  },
];
