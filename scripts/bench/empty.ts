/**
 * Nothing at all: what a compiled program costs before it does anything.
 *
 * @module
 */
export {};
