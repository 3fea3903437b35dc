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
