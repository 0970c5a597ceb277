"""The C side: every function of nst.h with its full prototype. Nothing else of this package declares C types."""
import ctypes


# Never seen from inside: a type of its own for each handle, so that ctypes refuses one for another.
class ImageStruct(ctypes.Structure):
    pass


class ModelStruct(ctypes.Structure):
    pass


class StyleStruct(ctypes.Structure):
    pass


class EngineStruct(ctypes.Structure):
    pass


class FeaturesStruct(ctypes.Structure):
    pass


class OptimizerStruct(ctypes.Structure):
    pass


class TransferStruct(ctypes.Structure):
    pass


class PainterStruct(ctypes.Structure):
    pass


class status(ctypes.c_int):
    """The result of a function that can fail: the loader turns all but 0 into an exception."""


enum = ctypes.c_int
integer = ctypes.c_int
uint32 = ctypes.c_uint32
uint64 = ctypes.c_uint64
int64 = ctypes.c_int64
size = ctypes.c_size_t
double = ctypes.c_double
text = ctypes.c_char_p
void = ctypes.c_void_p

image = ctypes.POINTER(ImageStruct)
model = ctypes.POINTER(ModelStruct)
style = ctypes.POINTER(StyleStruct)
engine = ctypes.POINTER(EngineStruct)
features = ctypes.POINTER(FeaturesStruct)
optimizer = ctypes.POINTER(OptimizerStruct)
transfer = ctypes.POINTER(TransferStruct)
painter = ctypes.POINTER(PainterStruct)

image_out = ctypes.POINTER(image)
model_out = ctypes.POINTER(model)
style_out = ctypes.POINTER(style)
engine_out = ctypes.POINTER(engine)
features_out = ctypes.POINTER(features)
optimizer_out = ctypes.POINTER(optimizer)
transfer_out = ctypes.POINTER(transfer)
painter_out = ctypes.POINTER(painter)
enums = ctypes.POINTER(enum)
uint8s = ctypes.POINTER(ctypes.c_uint8)
uint32s = ctypes.POINTER(uint32)
uint64s = ctypes.POINTER(uint64)
int32s = ctypes.POINTER(ctypes.c_int32)
int64s = ctypes.POINTER(int64)
sizes = ctypes.POINTER(size)
floats = ctypes.POINTER(ctypes.c_float)
floats_out = ctypes.POINTER(floats)
doubles = ctypes.POINTER(double)
texts = ctypes.POINTER(text)
voids = ctypes.POINTER(void)

ObjectiveFn = ctypes.CFUNCTYPE(ctypes.c_int, optimizer, size, floats, doubles, floats, void)
TermFn = ctypes.CFUNCTYPE(ctypes.c_int, transfer, uint32, uint32, floats, doubles, floats, void)
IterationFn = ctypes.CFUNCTYPE(ctypes.c_int, optimizer, void)
SolverFn = ctypes.CFUNCTYPE(ctypes.c_int, optimizer, size, floats, void)
ReleaseFn = ctypes.CFUNCTYPE(None, floats, void)
ProgressFn = ctypes.CFUNCTYPE(ctypes.c_int, transfer, void)
LogFn = ctypes.CFUNCTYPE(None, enum, text, void)


class Allocator(ctypes.Structure):
    _fields_ = [("size", size), ("user", void), ("allocate", ctypes.CFUNCTYPE(void, size, void)),
                ("resize", ctypes.CFUNCTYPE(void, void, size, void)),
                ("release", ctypes.CFUNCTYPE(None, void, void)),
                ("allocate_aligned", ctypes.CFUNCTYPE(void, size, size, void))]


class Runner(ctypes.Structure):
    _fields_ = [("size", size), ("user", void),
                ("run", ctypes.CFUNCTYPE(None, ctypes.CFUNCTYPE(None, void, integer), void, integer, void))]


class Ranks(ctypes.Structure):
    _fields_ = [("size", size), ("user", void), ("rank", integer), ("count", integer),
                ("sum", ctypes.CFUNCTYPE(integer, doubles, size, void)),
                ("maximum", ctypes.CFUNCTYPE(integer, doubles, size, void)),
                ("exchange", ctypes.CFUNCTYPE(integer, integer, void, size, integer, void, size, void))]


allocator = ctypes.POINTER(Allocator)
runner = ctypes.POINTER(Runner)
ranks = ctypes.POINTER(Ranks)

FUNCTIONS = {
    "nst_version": (text, []),
    "nst_version_number": (uint32, []),
    "nst_build_text": (text, [enum]),
    "nst_status_text": (text, [enum]),
    "nst_last_error": (text, []),
    "nst_text_escape": (size, [text, size, text]),
    "nst_allocator_set": (status, [allocator]),
    "nst_machine_memory": (uint64, []),
    "nst_machine_cores": (uint32, []),
    "nst_log_set": (status, [LogFn, enum, void]),
    "nst_param_count": (size, []),
    "nst_param_at": (enum, [size]),
    "nst_param_find": (status, [enums, enum, text]),
    "nst_param_name": (text, [enum]),
    "nst_param_group": (text, [enum]),
    "nst_param_type_of": (enum, [enum]),
    "nst_param_object": (enum, [enum]),
    "nst_param_help": (text, [enum]),
    "nst_param_unit": (text, [enum]),
    "nst_param_default": (text, [enum]),
    "nst_param_minimum": (double, [enum]),
    "nst_param_maximum": (double, [enum]),
    "nst_param_choice": (text, [enum, size, int64s]),
    "nst_image_load": (status, [image_out, text, uint64]),
    "nst_image_decode": (status, [image_out, void, size, uint64]),
    "nst_image_load_band": (status, [image_out, text, uint64, uint32, uint32]),
    "nst_image_warnings": (text, [image]),
    "nst_image_create": (status, [image_out, uint32, uint32, integer]),
    "nst_image_from_u8": (status, [image_out, uint8s, uint32, uint32, integer, size]),
    "nst_image_from_f32": (status, [image_out, floats, uint32, uint32, integer, size]),
    "nst_image_to_u8": (status, [image, uint8s, integer, size]),
    "nst_image_to_f32": (status, [image, floats, integer, size]),
    "nst_image_borrow": (status, [image_out, floats, floats, uint32, uint32, ReleaseFn, void]),
    "nst_image_save": (status, [image, text]),
    "nst_image_save_as": (status, [image, text, text]),
    "nst_image_encode": (status, [voids, sizes, image, text]),
    "nst_image_ending": (text, [size]),
    "nst_image_type": (text, [text]),
    "nst_image_type_has_alpha": (integer, [text]),
    "nst_bytes_destroy": (None, [void]),
    "nst_bytes_save": (status, [void, size, text]),
    "nst_image_set_int": (status, [image, enum, int64]),
    "nst_image_get_int": (status, [image, enum, int64s]),
    "nst_image_set_text": (status, [image, enum, text]),
    "nst_image_get_text": (status, [image, enum, texts]),
    "nst_image_resize": (status, [image_out, image, uint32, uint32]),
    "nst_image_copy": (status, [image_out, image]),
    "nst_image_width": (uint32, [image]),
    "nst_image_height": (uint32, [image]),
    "nst_image_top": (uint32, [image]),
    "nst_image_whole_height": (uint32, [image]),
    "nst_image_set_band": (status, [image, uint32, uint32]),
    "nst_image_has_alpha": (integer, [image]),
    "nst_image_pixels": (floats, [image]),
    "nst_image_alpha": (floats, [image]),
    "nst_image_mutable_pixels": (floats, [image]),
    "nst_image_mutable_alpha": (floats, [image]),
    "nst_image_destroy": (None, [image]),
    "nst_model_load": (status, [model_out, text]),
    "nst_model_load_as": (status, [model_out, text, enum]),
    "nst_model_decode": (status, [model_out, void, size, enum]),
    "nst_model_save": (status, [model, text, enum, text]),
    "nst_model_layer_count": (size, [model]),
    "nst_model_layer": (status, [model, size, texts, uint32s]),
    "nst_model_find_layer": (status, [model, text, sizes]),
    "nst_model_parameter_count": (uint64, [model]),
    "nst_model_input": (enum, [model]),
    "nst_model_text": (text, [model, enum]),
    "nst_model_folder": (status, [size, text, size]),
    "nst_model_destroy": (None, [model]),
    "nst_stop_text": (text, [enum]),
    "nst_optimizer_create": (status, [optimizer_out, enum]),
    "nst_optimizer_create_custom": (status, [optimizer_out, text, SolverFn, void]),
    "nst_optimizer_evaluate": (integer, [optimizer, floats, doubles, floats]),
    "nst_optimizer_set_int": (status, [optimizer, enum, int64]),
    "nst_optimizer_set_float": (status, [optimizer, enum, double]),
    "nst_optimizer_set_text": (status, [optimizer, enum, text]),
    "nst_optimizer_get_int": (status, [optimizer, enum, int64s]),
    "nst_optimizer_get_float": (status, [optimizer, enum, doubles]),
    "nst_optimizer_get_text": (status, [optimizer, enum, texts]),
    "nst_optimizer_set_iteration": (status, [optimizer, IterationFn, void]),
    "nst_optimizer_minimize": (status, [optimizer, size, floats, ObjectiveFn, void]),
    "nst_optimizer_save_state": (status, [voids, sizes, optimizer]),
    "nst_optimizer_load_state": (status, [optimizer, void, size]),
    "nst_optimizer_stop_reason": (enum, [optimizer]),
    "nst_optimizer_value": (double, [optimizer]),
    "nst_optimizer_iterations": (uint64, [optimizer]),
    "nst_optimizer_evaluations": (uint64, [optimizer]),
    "nst_optimizer_algorithm": (enum, [optimizer]),
    "nst_optimizer_name": (text, [optimizer]),
    "nst_optimizer_destroy": (None, [optimizer]),
    "nst_style_create": (status, [style_out, image]),
    "nst_style_set_scale": (status, [style, double]),
    "nst_style_scale": (double, [style]),
    "nst_style_set_mask": (status, [style, image]),
    "nst_style_load": (status, [style_out, text]),
    "nst_style_decode": (status, [style_out, void, size]),
    "nst_style_text": (text, [style, enum]),
    "nst_style_destroy": (None, [style]),
    "nst_engine_create": (status, [engine_out]),
    "nst_engine_set_int": (status, [engine, enum, int64]),
    "nst_engine_set_float": (status, [engine, enum, double]),
    "nst_engine_set_text": (status, [engine, enum, text]),
    "nst_engine_get_int": (status, [engine, enum, int64s]),
    "nst_engine_get_float": (status, [engine, enum, doubles]),
    "nst_engine_get_text": (status, [engine, enum, texts]),
    "nst_engine_set_runner": (status, [engine, runner]),
    "nst_engine_set_allocator": (status, [engine, allocator]),
    "nst_engine_set_ranks": (status, [engine, ranks]),
    "nst_image_save_band": (status, [image, engine, text, text]),
    "nst_engine_trim": (status, [engine]),
    "nst_engine_destroy": (None, [engine]),
    "nst_features_create": (status, [features_out, model, engine]),
    "nst_features_set_int": (status, [features, enum, int64]),
    "nst_features_set_float": (status, [features, enum, double]),
    "nst_features_set_text": (status, [features, enum, text]),
    "nst_features_get_int": (status, [features, enum, int64s]),
    "nst_features_get_float": (status, [features, enum, doubles]),
    "nst_features_get_text": (status, [features, enum, texts]),
    "nst_features_add_map": (status, [features, text]),
    "nst_features_add_gram": (status, [features, text]),
    "nst_features_clear": (status, [features]),
    "nst_features_read": (status, [features, image]),
    "nst_features_map": (status, [features, text, floats_out, uint32s, uint32s, uint32s]),
    "nst_features_gram": (status, [features, text, floats_out, uint32s]),
    "nst_features_cancel": (None, [features]),
    "nst_features_set_cancel_flag": (status, [features, int32s]),
    "nst_features_destroy": (None, [features]),
    "nst_transfer_create": (status, [transfer_out, model]),
    "nst_transfer_set_preset": (status, [transfer, text]),
    "nst_preset_name": (text, [size]),
    "nst_preset_help": (text, [size]),
    "nst_transfer_set_int": (status, [transfer, enum, int64]),
    "nst_transfer_set_float": (status, [transfer, enum, double]),
    "nst_transfer_set_text": (status, [transfer, enum, text]),
    "nst_transfer_get_int": (status, [transfer, enum, int64s]),
    "nst_transfer_get_float": (status, [transfer, enum, doubles]),
    "nst_transfer_get_text": (status, [transfer, enum, texts]),
    "nst_transfer_set_engine": (status, [transfer, engine]),
    "nst_transfer_set_content": (status, [transfer, image]),
    "nst_transfer_add_style": (status, [transfer, image, double]),
    "nst_transfer_use_style": (status, [transfer, style, double]),
    "nst_transfer_save_style": (status, [transfer, style, text, enum, text]),
    "nst_transfer_clear_styles": (status, [transfer]),
    "nst_transfer_style_count": (size, [transfer]),
    "nst_transfer_set_style_mask": (status, [transfer, size, image]),
    "nst_transfer_set_freeze": (status, [transfer, image]),
    "nst_transfer_set_content_map": (status, [transfer, image]),
    "nst_transfer_set_init": (status, [transfer, image]),
    "nst_transfer_add_term": (status, [transfer, text, double, TermFn, void]),
    "nst_transfer_clear_terms": (status, [transfer]),
    "nst_transfer_evaluate": (status, [transfer, image, doubles, floats]),
    "nst_transfer_term_count": (size, [transfer]),
    "nst_transfer_term": (status, [transfer, size, texts, doubles, doubles]),
    "nst_transfer_progress": (double, [transfer, enum]),
    "nst_transfer_set_progress": (status, [transfer, ProgressFn, void]),
    "nst_transfer_snapshot": (status, [image_out, transfer]),
    "nst_transfer_cancel": (None, [transfer]),
    "nst_transfer_set_cancel_flag": (status, [transfer, int32s]),
    "nst_transfer_run": (status, [image_out, transfer, optimizer]),
    "nst_transfer_stop_reason": (enum, [transfer]),
    "nst_transfer_resume": (status, [image_out, transfer, image, uint64, optimizer]),
    "nst_transfer_set_checkpoint": (status, [transfer, text, double]),
    "nst_transfer_checkpoint_bytes": (status, [uint64s, transfer, optimizer]),
    "nst_transfer_checkpoint_failure": (text, [transfer]),
    "nst_transfer_continue": (status, [image_out, transfer, text, optimizer]),
    "nst_transfer_warnings": (text, [transfer]),
    "nst_transfer_make_optimizer": (status, [optimizer_out, transfer]),
    "nst_transfer_memory": (status, [uint64s, transfer, optimizer]),
    "nst_transfer_profile_count": (size, [transfer]),
    "nst_transfer_profile": (status, [transfer, size, texts, texts, doubles, doubles]),
    "nst_transfer_profile_reset": (status, [transfer]),
    "nst_transfer_destroy": (None, [transfer]),
    "nst_painter_create": (status, [painter_out, uint64]),
    "nst_painter_load": (status, [painter_out, text]),
    "nst_painter_decode": (status, [painter_out, void, size]),
    "nst_painter_save": (status, [painter, text, enum]),
    "nst_painter_set_text": (status, [painter, enum, text]),
    "nst_painter_text": (text, [painter, enum]),
    "nst_painter_set_engine": (status, [painter, engine]),
    "nst_painter_set_strength": (status, [painter, double]),
    "nst_painter_strength": (double, [painter]),
    "nst_painter_paint": (status, [image_out, painter, image]),
    "nst_painter_weight_count": (size, [painter]),
    "nst_painter_weights": (floats, [painter]),
    "nst_painter_set_weights": (status, [painter, floats, size]),
    "nst_painter_evaluate": (status, [painter, transfer, image, doubles, floats]),
    "nst_painter_destroy": (None, [painter]),
}
