import type { SetElement, SetShape } from '../text/values/elements';
import { numberOf, typeNamed } from '../text/values/types';

/**
 * Guesses the set of elements from the lengths of their keys and data, among the library's own sets: published ports,
 * the interfaces that forward for peers, and the peers' subnets.
 */
export function guessedShape(elements: readonly SetElement[]): SetShape | undefined {
  const lengths = new Set(elements.map(({ key, data }) => `${length(key)} ${length(data)}`));
  const [only, ...others] = lengths;
  return others.length > 0 ? undefined : SHAPES[only ?? ''];
}

const length = (data: SetElement['data']): string => String(data?.value?.length ?? 0);

type Address = 'ipv4_addr' | 'ipv6_addr';

// A key without a host address publishes the port on all addresses.
const ports = (...address: readonly Address[]): SetShape => {
  const types = [...address, 'inet_proto', 'inet_service'] as const;
  return {
    keyType: numberOf(types.map(typeNamed)),
    keyLen: address.reduce((length, one) => length + typeNamed(one).size, 8),
  };
};
const leadingTo = (address: Address, key: SetShape): SetShape => ({
  ...key,
  dataType: numberOf([typeNamed(address), typeNamed('inet_service')]),
  dataLen: typeNamed(address).size + 4,
});

const SHAPES: Readonly<Record<string, SetShape>> = {
  '8 0': ports(),
  '8 8': leadingTo('ipv4_addr', ports()),
  '8 20': leadingTo('ipv6_addr', ports()),
  '12 0': ports('ipv4_addr'),
  '12 8': leadingTo('ipv4_addr', ports('ipv4_addr')),
  '24 0': ports('ipv6_addr'),
  '24 20': leadingTo('ipv6_addr', ports('ipv6_addr')),
  '16 0': { keyType: typeNamed('ifname').number, keyLen: 16 },
  '4 0': { keyType: typeNamed('ipv4_addr').number, keyLen: 4, flags: ['interval'] },
};
