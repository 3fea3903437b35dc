/** Reads `length` bytes as text, one character per byte; the empty string where the view ends before. */
export const ascii = (view: DataView, offset: number, length: number): string =>
	offset + length > view.byteLength
		? ''
		: String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + offset, length));
