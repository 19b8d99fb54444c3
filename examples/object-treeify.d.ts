declare module 'object-treeify' {
  /** Prints nested objects as a tree, one line for each key; a value of null ends a branch. */
  const treeify: (tree: object) => string;
  export { treeify as default };
}
