"""The JSON of tvm.ir.save_json: reader, and the writer of the metadata section of texts."""
