import type { FastifyRequest } from 'fastify';
import type { RecordedForm } from './types';
import { Refusal } from './refusal';

export interface FormFile {
	field: string;
	fileName: string;
	mimeType: string;
	bytes: Buffer;
}

export interface Form {
	fields: Record<string, string>;
	files: FormFile[];
}

export async function readForm(request: FastifyRequest): Promise<Form> {
	const form: Form = { fields: {}, files: [] };
	for await (const part of request.parts()) {
		if (part.type === 'file') {
			const { fieldname: field, filename: fileName, mimetype: mimeType } = part;
			form.files.push({ field, fileName, mimeType, bytes: await part.toBuffer() });
		} else if (part.fieldname in form.fields) {
			throw new Refusal(400, `The field ${part.fieldname} is given twice`);
		} else {
			form.fields[part.fieldname] = String(part.value);
		}
	}
	return form;
}

export const recordedForm = ({ fields, files }: Form): RecordedForm => ({
	fields,
	files: files.map(({ bytes, ...file }) => ({ ...file, size: bytes.length })),
});

/** A form has texts only. Those that stand for numbers or truth values become such, so that one schema reads a form too. */
export const valuesOf = (
	{ fields }: Form,
	types: Readonly<Record<string, 'number' | 'boolean'>>,
): Record<string, unknown> =>
	Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, valueOf(text, types[name])]));

function valueOf(text: string, type: 'number' | 'boolean' | undefined): unknown {
	if (type === 'number' && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
	return type === 'boolean' && ['true', 'false'].includes(text) ? text === 'true' : text;
}
