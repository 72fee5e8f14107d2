import js from "@eslint/js";
import globals from "globals";

export default [
    js.configs.recommended,
    {
        languageOptions: {ecmaVersion: 2022, sourceType: "module", globals: {...globals.browser}},
        rules: {eqeqeq: "error", "prefer-const": "error", "no-var": "error", "max-lines": ["error", 500], "max-lines-per-function": ["error", 60]},
    },
    {files: ["build.js", "pictures.js", "eslint.config.js", "tests/**"], languageOptions: {globals: {...globals.node, ...globals.browser}}},
];
