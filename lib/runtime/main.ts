/**
 * The main module of the static build, run when all names are installed.
 *
 * @module
 */
import "../../main.ts";
