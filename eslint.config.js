'use strict';

const eslint = require('@eslint/js');
const tseslint = require('typescript-eslint');

module.exports = tseslint.config(
  {
    ignores: [
      'build/',
      'out/',
      'dist/',
      'dist-modules/',
      'dist-bench/',
      'dist-examples/',
      'scripts/**/*.d.ts',
      'prebuilds/',
      'coverage/',
      'docs/',
      'node_modules/',
    ],
  },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: __dirname } },
    rules: {
      // Numbers in messages are what the user reads; everything else must be turned into words on purpose.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // An async function without await turns what it throws into a rejection, which is what its caller expects.
      '@typescript-eslint/require-await': 'off',
      // It asks for the very operator that no-non-null-assertion forbids.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // The families of rtnetlink are many methods with one body each; an empty interface is a name for them.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      eqeqeq: 'error',
      'no-duplicate-imports': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    files: ['test/**/*.ts'],
    // What `ip -j` and `nft -j` print has no types, and a test that meets undefined fails, as it should.
    rules: {
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: Object.fromEntries(
        [
          ...['require', 'module', 'exports', '__dirname', '__filename'],
          ...['process', 'console', 'Buffer', 'URL', 'setTimeout', 'clearTimeout', 'setImmediate', 'gc'],
          ...[
            'setInterval',
            'clearInterval',
            'AbortController',
            'AbortSignal',
            'fetch',
            'performance',
            'structuredClone',
          ],
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['test/programs/jest/**'],
    languageOptions: {
      globals: { test: 'readonly', expect: 'readonly', afterAll: 'readonly', netloom: 'readonly' },
    },
  },
  { files: ['**/*.mjs'], languageOptions: { sourceType: 'module' } },
);
