export function conditions(root: string): string[];
