import type { FastifyRequest } from 'fastify';
import { ApiError } from './apiError';
import type { RecordedForm } from './types';

/** An uploaded file. */
export interface FormFile {
	field: string;
	fileName: string;
	mimeType: string;
	bytes: Buffer;
}

/** A parsed multipart form. */
export interface Form {
	fields: Record<string, string>;
	files: FormFile[];
}

/** Reads a multipart request. Rejects with an ApiError 400 for a text field that occurs twice. */
export async function readForm(request: FastifyRequest): Promise<Form> {
	const form: Form = { fields: {}, files: [] };
	for await (const part of request.parts()) {
		if (part.type === 'file') {
			const { fieldname: field, filename: fileName, mimetype: mimeType } = part;
			form.files.push({ field, fileName, mimeType, bytes: await part.toBuffer() });
		} else if (part.fieldname in form.fields) {
			throw new ApiError(400, `The field ${part.fieldname} is given twice`);
		} else {
			form.fields[part.fieldname] = String(part.value);
		}
	}
	return form;
}

/**
 * Converts a form into what is recorded of it: its fields and the facts of its files, without their bytes.
 */
export const recordedForm = ({ fields, files }: Form): RecordedForm => ({
	fields,
	files: files.map(({ bytes, ...file }) => ({ ...file, size: bytes.length })),
});

/**
 * Returns the fields of a form with those listed in `types` converted to numbers and booleans, so that one
 * schema checks JSON bodies and forms alike. A text that does not convert stays a text, for the schema to
 * refuse.
 */
export const valuesOf = (
	{ fields }: Form,
	types: Readonly<Record<string, 'number' | 'boolean'>>,
): Record<string, unknown> =>
	Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, valueOf(text, types[name])]));

function valueOf(text: string, type: 'number' | 'boolean' | undefined): unknown {
	if (type === 'number' && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
	return type === 'boolean' && ['true', 'false'].includes(text) ? text === 'true' : text;
}
