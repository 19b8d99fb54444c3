declare module 'object-treeify' {
  /** Prints nested objects as a tree, their keys as the lines; a value of null ends a branch. */
  const treeify: (tree: object) => string;
  export { treeify as default };
}
