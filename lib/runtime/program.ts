/**
 * What the main module needs. It is a module of its own, so that a bundle keeps
 * it apart from the main module, which waits until the program ends: modules that
 * are loaded at need can't import one that waits.
 *
 * @module
 */
import "../app.ts";
import "../host/host.ts";
