import type { Provider } from '../core/provider';
import { jobOperationTexts } from './job';
import { imageOperationTexts } from './operations';

/** Writes a JavaScript object literal that maps each value to its text, for use in an n8n expression. */
const objectLiteral = (texts: ReadonlyArray<readonly [value: string, text: string]>): string =>
	`{ ${texts.map(([value, text]) => `${value}: ${JSON.stringify(text)}`).join(', ')} }`;

const operationName = `(${objectLiteral(
	Object.entries({ ...imageOperationTexts, ...jobOperationTexts }).map(([value, { name }]) => [
		value,
		name,
	]),
)})[$parameter["operation"]]`;

const providerName = (providers: readonly Provider[]): string =>
	`(${objectLiteral(providers.map(({ id, displayName }) => [id, displayName]))})[$parameter["provider"]]`;

/**
 * Builds the expression for the text below the node on the canvas, such as "Edit: Runpod". It contains all
 * display names, because n8n evaluates it in the editor, where only the parameters are known.
 */
export const subtitleOf = (providers: readonly Provider[]): string =>
	`={{ ${operationName} + ": " + ${providerName(providers)} }}`;

/** Builds the expression for the text below the trigger on the canvas: the name of its provider. */
export const triggerSubtitleOf = (providers: readonly Provider[]): string =>
	`={{ ${providerName(providers)} }}`;
