import { ValidationError } from '../../errors/errors';
import { hostAddresses } from '../addressing/allocate';
import {
  type Subnet,
  parseSubnet,
  parseAddress,
  reservedPart,
  addressText,
  isHostAddress,
} from '../addressing/subnet';

export function checkedRange(subnet: Subnet, gateway: string, text: string, operation: string): Subnet {
  const range = parseSubnet(text);
  const refuse = (problem: string): never => {
    throw new ValidationError({ operation, path: 'range', value: text, problem });
  };
  if (range?.text !== text || range.first < subnet.first || range.last > subnet.last)
    return refuse(`must be a network inside ${subnet.text}, such as one half of that subnet`);
  const [first, last] = hostAddresses({ subnet, range });
  const hasGateway = Number(parseAddress(gateway)) >= first && Number(parseAddress(gateway)) <= last;
  if (last - first + 1 <= (hasGateway ? 1 : 0))
    refuse(
      `has no address except ${hasGateway ? "the gateway's" : "the subnet's network and broadcast addresses"}: choose a shorter prefix`,
    );
  return range;
}

export function checkedSubnet(text: string, operation: string): Subnet {
  const subnet = parseSubnet(text);
  const refuse = (problem: string): never => {
    throw new ValidationError({ operation, path: 'subnet', value: text, problem });
  };
  if (subnet === undefined) return refuse('must be an IPv4 network with its prefix, such as "10.0.0.0/24"');
  if (subnet.text !== text) refuse(`has host bits set: must be "${subnet.text}"`);
  if (subnet.prefix < 8 || subnet.prefix > 30) refuse('must have a prefix of 8 to 30');
  const reserved = reservedPart(subnet);
  if (reserved !== undefined) refuse(reserved);
  return subnet;
}

export function gatewayOf(subnet: Subnet, text: string | undefined, operation: string): string {
  if (text === undefined) return addressText(subnet.first + 1);
  const address = parseAddress(text);
  if (address !== undefined && isHostAddress(subnet, address)) return addressText(address);
  const problem = `must be a host address of ${subnet.text}, without a prefix`;
  throw new ValidationError({ operation, path: 'gateway', value: text, problem });
}
