// A failure of the library or of its input. STATUS is that of nst.h in lower case, such as "out-of-memory".
export class NstError extends Error {
    constructor(status, message) {
        super(message);
        this.name = "NstError";
        this.status = status;
    }
}
