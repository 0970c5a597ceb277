/*
 * nst.hpp - libnst for C++17: handles that clean up after themselves, exceptions, lambdas as callbacks.
 *
 *     #include <nst/nst.hpp>
 *     int main()
 *     {
 *         nst::transfer transfer{nst::model{}};
 *         transfer.set_content(nst::image::load("town.jpg"));
 *         transfer.add_style(nst::image::load("painting.jpg"));
 *         transfer.run().save("result.png");
 *     }
 *
 * Each class holds one handle of nst.h and nothing else, is moved and never copied, and its members are the
 * functions of the same names: what they do stands there. get() gives the handle for whatever has no member.
 * A moved-from object may only be destroyed or assigned to.
 */
#ifndef NST_NST_HPP
#define NST_NST_HPP

#include <nst/nst.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>
#if __cplusplus >= 202002L
#include <span>
#endif

namespace nst
{

/* ---- Errors ---- */

/* what(): the line of nst_last_error(). */
class error : public std::runtime_error
{
  public:
    error(nst_status status, const char *detail)
        : std::runtime_error(*detail ? detail : nst_status_text(status)), status_(status)
    {
    }
    nst_status status() const noexcept { return status_; }

  private:
    nst_status status_;
};

/* By who is at fault, as the hundreds of nst_status say. */
class call_error : public error
{
    using error::error;
};
class data_error : public error
{
    using error::error;
};
class system_error : public error
{
    using error::error;
};
class cancelled : public error /* by transfer::cancel() or its flag; a run only stops */
{
    using error::error;
};

[[noreturn]] inline void fail(nst_status status)
{
    if (status == NST_ERR_CANCELLED) throw cancelled(status, nst_last_error());
    switch (static_cast<int>(status) / 100) {
    case 1: throw call_error(status, nst_last_error());
    case 2: throw data_error(status, nst_last_error());
    case 3: throw system_error(status, nst_last_error());
    default: throw error(status, nst_last_error());
    }
}

namespace detail
{
/* What a loss or a solver of the host threw in this thread, until check() throws it on. */
inline std::exception_ptr &pending() noexcept
{
    static thread_local std::exception_ptr thrown;
    return thrown;
}
} // namespace detail

inline void check(nst_status status)
{
    if (status == NST_ERR_CALLBACK && detail::pending())
        std::rethrow_exception(std::exchange(detail::pending(), nullptr));
    if (status != NST_OK) fail(status);
}

/* ---- Text ---- */

/* What a function takes as name or path: const char *, std::string, std::string_view, std::filesystem::path. */
class c_string
{
  public:
    c_string(const char *text) noexcept : text_(text) {}
    template <typename S, typename = std::enable_if_t<std::is_constructible_v<std::string, const S &> &&
                                                      !std::is_convertible_v<const S &, const char *>>>
    c_string(const S &text) : copy_(text), text_(copy_.c_str())
    {
        if (copy_.find('\0') != std::string::npos)
            throw call_error(NST_ERR_ARGUMENT, "expected text, found a NUL character within it");
    }
    c_string(const c_string &) = delete;
    c_string &operator=(const c_string &) = delete;
    const char *get() const noexcept { return text_; }

  private:
    std::string copy_;
    const char *text_;
};

/* ---- Views and handles ---- */

/* A pointer and a count, as std::span of C++20, and converted from and to that: made from an array or from anything with
 * data() and size(). A view of bytes is also made of char and std::byte, as files are read into. It owns nothing. */
template <typename T> class view
{
  public:
    constexpr view() noexcept = default;
    constexpr view(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
    template <std::size_t N> constexpr view(T (&array)[N]) noexcept : data_(array), size_(N) {}
    template <typename C, typename P = decltype(std::declval<C &>().data()),
              typename = std::enable_if_t<std::is_convertible_v<P, T *>>,
              typename = decltype(std::declval<C &>().size())>
    constexpr view(C &&container) noexcept : data_(container.data()), size_(container.size())
    {
    }
    template <
        typename C, typename V = std::remove_pointer_t<decltype(std::declval<C &>().data())>,
        std::enable_if_t<std::is_same_v<T, const unsigned char> && (std::is_same_v<std::remove_const_t<V>, char> ||
                                                                    std::is_same_v<std::remove_const_t<V>, std::byte>),
                         int> = 0>
    view(C &&bytes) noexcept : data_(reinterpret_cast<T *>(bytes.data())), size_(bytes.size())
    {
    }

    constexpr T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr T *begin() const noexcept { return data_; }
    constexpr T *end() const noexcept { return data_ + size_; }
    constexpr T &operator[](std::size_t index) const { return data_[index]; }

  private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

namespace detail
{

template <typename T, void (*destroy)(T *)> struct release {
    void operator()(T *handle) const noexcept { destroy(handle); }
};

template <typename T, void (*destroy)(T *)> class handle
{
  public:
    handle() noexcept = default;
    explicit handle(T *raw) noexcept : raw_(raw) {}
    T *get() const noexcept { return raw_.get(); }
    T *release() noexcept { return raw_.release(); } /* from here on the caller's to destroy */

  private:
    std::unique_ptr<T, detail::release<T, destroy>> raw_;
};

/* Parameters of an image, a transfer or an optimizer, by what the value is: whole numbers and the enums of
 * nst.h, numbers, text. */
template <typename T> struct setters;
template <> struct setters<nst_image> {
    static constexpr auto set_int = nst_image_set_int;
    static constexpr auto set_text = nst_image_set_text;
};
template <> struct setters<nst_transfer> {
    static constexpr auto set_int = nst_transfer_set_int;
    static constexpr auto set_float = nst_transfer_set_float;
    static constexpr auto set_text = nst_transfer_set_text;
};
template <> struct setters<nst_features> {
    static constexpr auto set_int = nst_features_set_int;
    static constexpr auto set_float = nst_features_set_float;
    static constexpr auto set_text = nst_features_set_text;
};
template <> struct setters<nst_engine> {
    static constexpr auto set_int = nst_engine_set_int;
    static constexpr auto set_float = nst_engine_set_float;
    static constexpr auto set_text = nst_engine_set_text;
};
template <> struct setters<nst_optimizer> {
    static constexpr auto set_int = nst_optimizer_set_int;
    static constexpr auto set_float = nst_optimizer_set_float;
    static constexpr auto set_text = nst_optimizer_set_text;
};

template <typename T, typename V> void set(T *raw, nst_param param, const V &value)
{
    if constexpr (std::is_floating_point_v<V>)
        check(setters<T>::set_float(raw, param, static_cast<double>(value)));
    else if constexpr (std::is_enum_v<V> || (std::is_integral_v<V> && std::is_same_v<T, nst_image>))
        check(setters<T>::set_int(raw, param, static_cast<std::int64_t>(value)));
    else if constexpr (std::is_integral_v<V>)
        check(nst_param_type_of(param) == NST_TYPE_FLOAT
                  ? setters<T>::set_float(raw, param, static_cast<double>(value))
                  : setters<T>::set_int(raw, param, static_cast<std::int64_t>(value)));
    else
        check(setters<T>::set_text(raw, param, c_string(value).get()));
}

/* An exception must not pass through C: it waits here until the C function has returned. */
template <typename F> struct guarded {
    F &function;
    std::exception_ptr thrown = nullptr;

    template <typename... A> int call(A &&...arguments) noexcept
    {
        try {
            if constexpr (std::is_void_v<decltype(function(std::forward<A>(arguments)...))>)
                return function(std::forward<A>(arguments)...), 0;
            else
                return static_cast<int>(function(std::forward<A>(arguments)...));
        } catch (...) {
            thrown = std::current_exception();
            return 1;
        }
    }
    void rethrow() const
    {
        if (thrown) std::rethrow_exception(thrown);
    }
};

inline std::string text(const char *borrowed) { return borrowed ? std::string(borrowed) : std::string(); }

/* Does a view of FOUND values hold WIDTH x HEIGHT pixels of CHANNELS, with rows STRIDE bytes apart? Values of VALUE
 * bytes. Sizes that make no sense are left to the library, which says so. */
inline void check_view(std::size_t found, std::size_t width, std::size_t height, int channels, std::size_t stride,
                       std::size_t value)
{
    if (width == 0 || height == 0 || channels < 1 || channels > 4) return;
    const std::size_t row = width * static_cast<std::size_t>(channels), step = stride ? stride / value : row;
    if (step < row) return;
    if (found < row || (height > 1 && (found - row) / step < height - 1))
        throw call_error(NST_ERR_RANGE, ("pixels: expected a view of " + std::to_string(width) + "x" +
                                         std::to_string(height) + " pixels of " + std::to_string(channels) +
                                         " channels, found " + std::to_string(found) + " values")
                                            .c_str());
}

} // namespace detail

/* ---- Images ---- */

/* What nst_image_encode() gives. */
class bytes
{
  public:
    bytes(void *data, std::size_t size) noexcept : data_(data), size_(size) {}
    const unsigned char *data() const noexcept { return static_cast<const unsigned char *>(data_.get()); }
    std::size_t size() const noexcept { return size_; }
    void save(const c_string &path) const { check(nst_bytes_save(data(), size(), path.get())); }

  private:
    std::unique_ptr<void, detail::release<void, nst_bytes_destroy>> data_;
    std::size_t size_;
};

class image : public detail::handle<nst_image, nst_image_destroy>
{
  public:
    using handle::handle;
    image(std::uint32_t width, std::uint32_t height, bool alpha = false)
        : handle(make(nst_image_create, width, height, alpha))
    {
    }

    static image load(const c_string &path, std::uint64_t max_pixels = 0)
    {
        return image(make(nst_image_load, path.get(), max_pixels));
    }
    /* Band number INDEX of COUNT, for one of several ranks: nst_image_load_band(). */
    static image load_band(const c_string &path, std::uint32_t index, std::uint32_t count, std::uint64_t max_pixels = 0)
    {
        return image(make(nst_image_load_band, path.get(), max_pixels, index, count));
    }
    static image decode(view<const unsigned char> file, std::uint64_t max_pixels = 0)
    {
        return image(make(nst_image_decode, file.data(), file.size(), max_pixels));
    }
    /* PIXELS are [height, width, channels], CHANNELS 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; STRIDE bytes from row to
     * row, 0 for packed. A view that is too short is a call_error. */
    static image from_u8(view<const std::uint8_t> pixels, std::uint32_t width, std::uint32_t height, int channels = 3,
                         std::size_t stride = 0)
    {
        detail::check_view(pixels.size(), width, height, channels, stride, 1);
        return image(make(nst_image_from_u8, pixels.data(), width, height, channels, stride));
    }
    /* Not copied: PIXELS [height, width, 3] and ALPHA [height, width], empty for none, must live as long as the image. */
    static image borrow(view<float> pixels, std::uint32_t width, std::uint32_t height, view<float> alpha = {})
    {
        detail::check_view(pixels.size(), width, height, 3, 0, sizeof(float));
        if (alpha.size()) detail::check_view(alpha.size(), width, height, 1, 0, sizeof(float));
        float *opaque = alpha.size() ? alpha.data() : nullptr;
        return image(make(nst_image_borrow, pixels.data(), opaque, width, height, nullptr, nullptr));
    }
    static image from_f32(view<const float> pixels, std::uint32_t width, std::uint32_t height, int channels = 3,
                          std::size_t stride = 0)
    {
        detail::check_view(pixels.size(), width, height, channels, stride, sizeof(float));
        return image(make(nst_image_from_f32, pixels.data(), width, height, channels, stride));
    }
    void to_u8(view<std::uint8_t> pixels, int channels = 3, std::size_t stride = 0) const
    {
        detail::check_view(pixels.size(), width(), height(), channels, stride, 1);
        check(nst_image_to_u8(get(), pixels.data(), channels, stride));
    }
    void to_f32(view<float> pixels, int channels = 3, std::size_t stride = 0) const
    {
        detail::check_view(pixels.size(), width(), height(), channels, stride, sizeof(float));
        check(nst_image_to_f32(get(), pixels.data(), channels, stride));
    }

    std::string warnings() const { return detail::text(nst_image_warnings(get())); } /* lines; "" if none */
    std::string get_text(nst_param param) const
    {
        const char *value = "";
        check(nst_image_get_text(get(), param, &value));
        return value;
    }

    /* By the ending of PATH, or as TYPE: "png", "jpeg", "ppm", "pgm", "pam". */
    void save(const c_string &path) const { check(nst_image_save(get(), path.get())); }
    void save(const c_string &path, const c_string &type) const
    {
        check(nst_image_save_as(get(), path.get(), type.get()));
    }
    bytes encode(const c_string &type) const
    {
        void *data = nullptr;
        std::size_t size = 0;
        check(nst_image_encode(&data, &size, get(), type.get()));
        return bytes(data, size);
    }
    template <typename V> image &set(nst_param param, const V &value)
    {
        detail::set(get(), param, value);
        return *this;
    }
    std::int64_t get_int(nst_param param) const
    {
        std::int64_t value = 0;
        check(nst_image_get_int(get(), param, &value));
        return value;
    }
    image resize(std::uint32_t width, std::uint32_t height) const
    {
        return image(make(nst_image_resize, get(), width, height));
    }
    image copy() const { return image(make(nst_image_copy, get())); }

    std::uint32_t width() const noexcept { return nst_image_width(get()); }
    std::uint32_t height() const noexcept { return nst_image_height(get()); }
    std::uint32_t top() const noexcept { return nst_image_top(get()); } /* of a band of several ranks */
    std::uint32_t whole_height() const noexcept { return nst_image_whole_height(get()); }
    image &set_band(std::uint32_t top, std::uint32_t whole_height)
    {
        return check(nst_image_set_band(get(), top, whole_height)), *this;
    }
    bool has_alpha() const noexcept { return nst_image_has_alpha(get()) != 0; }
    /* [height, width, 3] and [height, width]; alpha is empty where there is none. */
    view<float> pixels() noexcept { return {nst_image_mutable_pixels(get()), area() * 3}; }
    view<const float> pixels() const noexcept { return {nst_image_pixels(get()), area() * 3}; }
    view<float> alpha() noexcept { return {nst_image_mutable_alpha(get()), has_alpha() ? area() : 0}; }
    view<const float> alpha() const noexcept { return {nst_image_alpha(get()), has_alpha() ? area() : 0}; }

  private:
    std::size_t area() const noexcept { return std::size_t{width()} * height(); }
    template <typename F, typename... A> static nst_image *make(F function, A... arguments)
    {
        nst_image *raw = nullptr;
        check(function(&raw, arguments...));
        return raw;
    }
};

/* ---- Models ---- */

class model : public detail::handle<nst_model, nst_model_destroy>
{
  public:
    struct layer {
        std::string name;
        std::uint32_t channels;
    };

    using handle::handle;
    model() : model(static_cast<const char *>(nullptr)) {} /* the default model */
    model(std::nullptr_t) = delete;
    explicit model(const c_string &name, nst_input input = NST_INPUT_AUTO)
    {
        nst_model *raw = nullptr;
        check(nst_model_load_as(&raw, name.get(), input));
        static_cast<handle &>(*this) = handle(raw);
    }
    static model decode(view<const unsigned char> file, nst_input input = NST_INPUT_AUTO)
    {
        nst_model *raw = nullptr;
        check(nst_model_decode(&raw, file.data(), file.size(), input));
        return model(raw);
    }
    /* Up to and with layer UPTO; by default all. */
    void save(const c_string &path, nst_dtype dtype = NST_DTYPE_F32, const c_string &upto = nullptr) const
    {
        check(nst_model_save(get(), path.get(), dtype, upto.get()));
    }

    std::size_t layer_count() const noexcept { return nst_model_layer_count(get()); }
    std::vector<layer> layers() const
    {
        std::vector<layer> list(layer_count());
        for (std::size_t i = 0; i < list.size(); i++) {
            const char *name = nullptr;
            check(nst_model_layer(get(), i, &name, &list[i].channels));
            list[i].name = name;
        }
        return list;
    }
    std::size_t find_layer(const c_string &name) const
    {
        std::size_t index = 0;
        check(nst_model_find_layer(get(), name.get(), &index));
        return index;
    }
    std::uint64_t parameter_count() const noexcept { return nst_model_parameter_count(get()); }
    nst_input input() const noexcept { return nst_model_input(get()); }
    std::string text(nst_model_key key) const { return detail::text(nst_model_text(get(), key)); }
};

/* ---- Optimizers ---- */

class optimizer : public detail::handle<nst_optimizer, nst_optimizer_destroy>
{
  public:
    using handle::handle;
    explicit optimizer(nst_algorithm algorithm)
    {
        nst_optimizer *raw = nullptr;
        check(nst_optimizer_create(&raw, algorithm));
        static_cast<handle &>(*this) = handle(raw);
    }
    /* A solver of your own: SOLVER(view<float> x, EVALUATE) starts at x and calls EVALUATE(view<const float> x, double
     * &value, view<float> gradient) until that returns false. SOLVER is borrowed: it must live as long as the optimizer.
     * What it throws comes out of minimize() or transfer::run(). */
    template <typename F> static optimizer custom(const c_string &name, F &solver)
    {
        nst_optimizer *raw = nullptr;
        check(nst_optimizer_create_custom(
            &raw, name.get(),
            [](nst_optimizer *self, std::size_t n, float *x, void *user) noexcept -> int {
                const auto evaluate = [self, n](view<const float> at, double &value, view<float> gradient) {
                    if (at.size() != n || gradient.size() != n)
                        throw call_error(NST_ERR_RANGE, "expected a point and a gradient as long as x");
                    return nst_optimizer_evaluate(self, at.data(), &value, gradient.data()) == 0;
                };
                try {
                    (*static_cast<F *>(user))(view<float>(x, n), evaluate);
                    return 0;
                } catch (...) {
                    detail::pending() = std::current_exception();
                    return -1;
                }
            },
            &solver));
        return optimizer(raw);
    }
    std::string name() const { return nst_optimizer_name(get()); }
    template <typename V> optimizer &set(nst_param param, const V &value)
    {
        detail::set(get(), param, value);
        return *this;
    }
    std::int64_t get_int(nst_param param) const
    {
        std::int64_t value = 0;
        check(nst_optimizer_get_int(get(), param, &value));
        return value;
    }
    double get_float(nst_param param) const
    {
        double value = 0;
        check(nst_optimizer_get_float(get(), param, &value));
        return value;
    }
    std::string get_text(nst_param param) const
    {
        const char *value = "";
        check(nst_optimizer_get_text(get(), param, &value));
        return value;
    }

    /* FUNCTION(view<const float> x, view<float> gradient) returns the value. X: the start, then the best
     * point. */
    template <typename F> nst_stop minimize(view<float> x, F &&function)
    {
        struct objective {
            F &function;
            std::exception_ptr thrown;
        } user{function, nullptr};
        nst_status status = nst_optimizer_minimize(
            get(), x.size(), x.data(),
            [](nst_optimizer *, std::size_t n, const float *at, double *value, float *gradient,
               void *self) noexcept -> int {
                auto &o = *static_cast<objective *>(self);
                try {
                    *value = o.function(view<const float>(at, n), view<float>(gradient, n));
                    return 0;
                } catch (...) {
                    o.thrown = std::current_exception();
                    return NST_OBJECTIVE_STOP;
                }
            },
            &user);
        if (user.thrown) std::rethrow_exception(user.thrown);
        check(status);
        return stop_reason();
    }
    /* AFTER(const nst::optimizer &) after each iteration, returning nothing, or true to stop with the best point. */
    template <typename F, typename G> nst_stop minimize(view<float> x, F &&function, G &&after)
    {
        struct iteration {
            const optimizer &self;
            detail::guarded<std::remove_reference_t<G>> user;
        } each{*this, {after}};
        struct reset {
            nst_optimizer *raw;
            ~reset() { nst_optimizer_set_iteration(raw, nullptr, nullptr); }
        } at_the_end{get()};
        check(nst_optimizer_set_iteration(
            get(),
            [](nst_optimizer *, void *self) noexcept {
                auto &i = *static_cast<iteration *>(self);
                return i.user.call(i.self);
            },
            &each));
        const nst_stop why = minimize(x, std::forward<F>(function));
        each.user.rethrow();
        return why;
    }
    nst_stop stop_reason() const noexcept { return nst_optimizer_stop_reason(get()); }
    double value() const noexcept { return nst_optimizer_value(get()); }
    std::uint64_t iterations() const noexcept { return nst_optimizer_iterations(get()); }
    std::uint64_t evaluations() const noexcept { return nst_optimizer_evaluations(get()); }
    /* Checkpoints: save from the function after each iteration, load before the next minimize(). */
    bytes save_state() const
    {
        void *data = nullptr;
        std::size_t size = 0;
        check(nst_optimizer_save_state(&data, &size, get()));
        return bytes(data, size);
    }
    optimizer &load_state(view<const unsigned char> state)
    {
        return check(nst_optimizer_load_state(get(), state.data(), state.size())), *this;
    }
    nst_algorithm algorithm() const noexcept { return nst_optimizer_algorithm(get()); }
};

/* ---- Styles ---- */

/* A painting that is used more than once: what is worked out of it is kept. SCALE: times NST_PARAM_STYLE_SCALE. */
class style : public detail::handle<nst_style, nst_style_destroy>
{
  public:
    using handle::handle;
    explicit style(const image &picture, double scale = 1)
    {
        nst_style *raw = nullptr;
        check(nst_style_create(&raw, picture.get()));
        static_cast<handle &>(*this) = handle(raw);
        check(nst_style_set_scale(raw, scale));
    }
    /* From a file of transfer::save_style(): without a picture. */
    static style load(const c_string &path)
    {
        nst_style *raw = nullptr;
        check(nst_style_load(&raw, path.get()));
        return style(raw);
    }
    static style decode(view<const unsigned char> file)
    {
        nst_style *raw = nullptr;
        check(nst_style_decode(&raw, file.data(), file.size()));
        return style(raw);
    }
    std::string text(nst_style_key key) const { return detail::text(nst_style_text(get(), key)); }
    double scale() const noexcept { return nst_style_scale(get()); }
    /* Only before a transfer has it. */
    style &set_mask(const image &mask) { return check(nst_style_set_mask(get(), mask.get())), *this; }
};

/* ---- Engines ---- */

/* What transfers and features compute with: one serves any number of them in any number of threads. */
class engine : public detail::handle<nst_engine, nst_engine_destroy>
{
  public:
    using handle::handle;
    engine()
    {
        nst_engine *raw = nullptr;
        check(nst_engine_create(&raw));
        static_cast<handle &>(*this) = handle(raw);
    }
    template <typename V> engine &set(nst_param param, const V &value)
    {
        detail::set(get(), param, value);
        return *this;
    }
    /* Tables of functions of the host: nst_engine_set_runner(), nst_engine_set_allocator(), nst_engine_set_ranks(). */
    engine &set_runner(const nst_runner &runner) { return check(nst_engine_set_runner(get(), &runner)), *this; }
    engine &set_allocator(const nst_allocator &allocator)
    {
        return check(nst_engine_set_allocator(get(), &allocator)), *this;
    }
    engine &set_ranks(const nst_ranks &ranks) { return check(nst_engine_set_ranks(get(), &ranks)), *this; }
    /* The picture whose bands the ranks have: nst_image_save_band(). */
    void save_band(const image &band, const std::string &path, const std::string &type)
    {
        check(nst_image_save_band(band.get(), get(), path.c_str(), type.c_str()));
    }
    engine &trim() { return check(nst_engine_trim(get())), *this; } /* releases memory that is kept */
    std::int64_t get_int(nst_param param) const
    {
        std::int64_t value = 0;
        check(nst_engine_get_int(get(), param, &value));
        return value;
    }
    std::string get_text(nst_param param) const
    {
        const char *value = "";
        check(nst_engine_get_text(get(), param, &value));
        return value;
    }
};

/* ---- Features ---- */

/* Feature maps and Gram matrices of pictures. The views are valid until the next read(), clear() or the end. */
class features : public detail::handle<nst_features, nst_features_destroy>
{
  public:
    struct map {
        view<const float> values; /* [height, width, channels] */
        std::uint32_t height, width, channels;
    };

    using handle::handle;
    explicit features(const model &network) : features(network, engine(nullptr)) {}
    features(const model &network, const engine &shared)
    {
        nst_features *raw = nullptr;
        check(nst_features_create(&raw, network.get(), shared.get()));
        static_cast<handle &>(*this) = handle(raw);
    }
    template <typename V> features &set(nst_param param, const V &value)
    {
        detail::set(get(), param, value);
        return *this;
    }
    std::int64_t get_int(nst_param param) const
    {
        std::int64_t value = 0;
        check(nst_features_get_int(get(), param, &value));
        return value;
    }
    std::string get_text(nst_param param) const
    {
        const char *value = "";
        check(nst_features_get_text(get(), param, &value));
        return value;
    }
    features &add_map(const c_string &layer) { return check(nst_features_add_map(get(), layer.get())), *this; }
    features &add_gram(const c_string &layer) { return check(nst_features_add_gram(get(), layer.get())), *this; }
    features &clear() { return check(nst_features_clear(get())), *this; }
    features &read(const image &picture) { return check(nst_features_read(get(), picture.get())), *this; }
    map map_of(const c_string &layer) const
    {
        const float *values = nullptr;
        map found{};
        check(nst_features_map(get(), layer.get(), &values, &found.height, &found.width, &found.channels));
        found.values = {values, std::size_t{found.height} * found.width * found.channels};
        return found;
    }
    view<const float> gram_of(const c_string &layer) const /* [channels, channels] */
    {
        const float *values = nullptr;
        std::uint32_t channels = 0;
        check(nst_features_gram(get(), layer.get(), &values, &channels));
        return {values, std::size_t{channels} * channels};
    }
    void cancel() noexcept { nst_features_cancel(get()); } /* the read() that is under way; from any thread */
    /* While FLAG, which must live, is not 0, every read() is cancelled. */
    features &set_cancel_flag(const std::atomic<std::int32_t> *flag)
    {
        static_assert(sizeof *flag == sizeof(std::int32_t), "the library reads an atomic flag as an integer");
        return check(nst_features_set_cancel_flag(get(), reinterpret_cast<const volatile std::int32_t *>(flag))), *this;
    }
};

/* ---- Transfers ---- */

/* What the callback of transfer::run() gets: where the run stands. */
class progress
{
  public:
    explicit progress(nst_transfer *transfer) noexcept : transfer_(transfer) {}
    double operator[](nst_progress what) const noexcept { return nst_transfer_progress(transfer_, what); }
    double fraction() const noexcept { return (*this)[NST_PROGRESS_FRACTION]; }
    double total() const noexcept { return (*this)[NST_PROGRESS_TOTAL]; }
    image snapshot() const
    {
        nst_image *raw = nullptr;
        check(nst_transfer_snapshot(&raw, transfer_));
        return image(raw);
    }

  private:
    nst_transfer *transfer_;
};

/* A loss of your own for transfer::add_term(). FUNCTION(height, width, picture, gradient) returns the value at PICTURE
 * [height, width, 3] and writes the derivative to GRADIENT, which is empty where only the value is wanted. What it throws
 * ends the call and comes out of it. It must live as long as a transfer has it. */
class loss
{
  public:
    using function = std::function<double(std::uint32_t height, std::uint32_t width, view<const float> picture,
                                          view<float> gradient)>;
    explicit loss(function f) : function_(std::move(f)) {}
    loss(const loss &) = delete;
    loss &operator=(const loss &) = delete;

  private:
    friend class transfer;
    static int call(nst_transfer *, std::uint32_t height, std::uint32_t width, const float *picture, double *value,
                    float *gradient, void *self) noexcept
    {
        const std::size_t n = std::size_t{height} * width * 3;
        try {
            *value = static_cast<loss *>(self)->function_(height, width, {picture, n}, {gradient, gradient ? n : 0});
            return 0;
        } catch (...) {
            detail::pending() = std::current_exception();
            return -1;
        }
    }
    function function_;
};

class transfer : public detail::handle<nst_transfer, nst_transfer_destroy>
{
  public:
    struct term {
        std::string name;
        double value, weight;
    };

    using handle::handle;
    explicit transfer(const model &network)
    {
        nst_transfer *raw = nullptr;
        check(nst_transfer_create(&raw, network.get()));
        static_cast<handle &>(*this) = handle(raw);
    }
    transfer &set_preset(const c_string &name) { return check(nst_transfer_set_preset(get(), name.get())), *this; }
    template <typename V> transfer &set(nst_param param, const V &value)
    {
        detail::set(get(), param, value);
        return *this;
    }
    std::int64_t get_int(nst_param param) const
    {
        std::int64_t value = 0;
        check(nst_transfer_get_int(get(), param, &value));
        return value;
    }
    double get_float(nst_param param) const
    {
        double value = 0;
        check(nst_transfer_get_float(get(), param, &value));
        return value;
    }
    std::string get_text(nst_param param) const
    {
        const char *value = "";
        check(nst_transfer_get_text(get(), param, &value));
        return value;
    }

    transfer &set_content(const image &content) { return check(nst_transfer_set_content(get(), content.get())), *this; }
    transfer &add_style(const image &picture, double share = 1)
    {
        return check(nst_transfer_add_style(get(), picture.get(), share)), *this;
    }
    transfer &add_style(const style &painting, double share = 1)
    {
        return check(nst_transfer_use_style(get(), painting.get(), share)), *this;
    }
    /* What was measured of a painting, as a file for style::load(). */
    void save_style(const style &painting, const c_string &path, nst_dtype dtype = NST_DTYPE_F32)
    {
        check(nst_transfer_save_style(get(), painting.get(), path.get(), dtype, nullptr));
    }
    void save_style(const style &painting, const c_string &path, nst_dtype dtype, const c_string &license)
    {
        check(nst_transfer_save_style(get(), painting.get(), path.get(), dtype, license.get()));
    }
    transfer &set_engine(const engine &shared) { return check(nst_transfer_set_engine(get(), shared.get())), *this; }
    transfer &clear_styles() { return check(nst_transfer_clear_styles(get())), *this; }
    std::size_t style_count() const noexcept { return nst_transfer_style_count(get()); }
    /* Paints style number INDEX only where MASK is white. */
    transfer &set_style_mask(std::size_t index, const image &mask)
    {
        return check(nst_transfer_set_style_mask(get(), index, mask.get())), *this;
    }
    transfer &set_freeze(const image &mask) { return check(nst_transfer_set_freeze(get(), mask.get())), *this; }
    transfer &set_content_map(const image &map) { return check(nst_transfer_set_content_map(get(), map.get())), *this; }
    transfer &clear_freeze() { return check(nst_transfer_set_freeze(get(), nullptr)), *this; }
    transfer &clear_content_map() { return check(nst_transfer_set_content_map(get(), nullptr)), *this; }
    transfer &clear_style_mask(std::size_t index)
    {
        return check(nst_transfer_set_style_mask(get(), index, nullptr)), *this;
    }
    transfer &set_init(const image &start) { return check(nst_transfer_set_init(get(), start.get())), *this; }

    double evaluate(const image &at)
    {
        double total = 0;
        check(nst_transfer_evaluate(get(), at.get(), &total, nullptr));
        return total;
    }
    /* A loss of your own in run() and evaluate(); OWN is borrowed. */
    transfer &add_term(const c_string &name, double weight, loss &own)
    {
        return check(nst_transfer_add_term(get(), name.get(), weight, loss::call, &own)), *this;
    }
    transfer &clear_terms() { return check(nst_transfer_clear_terms(get())), *this; }
    /* GRADIENT: [height, width, 3] of AT. */
    double evaluate(const image &at, view<float> gradient)
    {
        double total = 0;
        if (gradient.size() != at.pixels().size())
            throw call_error(NST_ERR_RANGE, "gradient: expected a view of the size of the picture's pixels");
        check(nst_transfer_evaluate(get(), at.get(), &total, gradient.data()));
        return total;
    }
    std::vector<term> terms() const
    {
        std::vector<term> list(nst_transfer_term_count(get()));
        for (std::size_t i = 0; i < list.size(); i++) {
            const char *name = nullptr;
            check(nst_transfer_term(get(), i, &name, &list[i].value, &list[i].weight));
            list[i].name = name;
        }
        return list;
    }
    image run() { return paint(whole(nullptr)); }
    image run(optimizer &solver) { return paint(whole(solver.get())); }
    /* CALLBACK(const nst::progress &) after each evaluation, returning nothing, or true to stop with the best
     * picture so far. What it throws ends the run and comes out here. */
    template <typename F, typename = decltype(std::declval<F &>()(std::declval<const progress &>()))>
    image run(F &&callback)
    {
        return paint(whole(nullptr), callback);
    }
    template <typename F> image run(optimizer &solver, F &&callback) { return paint(whole(solver.get()), callback); }
    /* From FROM, at the last size alone; EVALUATIONS 0: as the settings say for a single size. CALLBACK as above. */
    image resume(const image &from, std::uint64_t evaluations = 0)
    {
        return paint({from.get(), evaluations, nullptr, nullptr});
    }
    image resume(const image &from, std::uint64_t evaluations, optimizer &solver)
    {
        return paint({from.get(), evaluations, solver.get(), nullptr});
    }
    template <typename F, typename = decltype(std::declval<F &>()(std::declval<const progress &>()))>
    image resume(const image &from, std::uint64_t evaluations, F &&callback)
    {
        return paint({from.get(), evaluations, nullptr, nullptr}, callback);
    }
    template <typename F> image resume(const image &from, std::uint64_t evaluations, optimizer &solver, F &&callback)
    {
        return paint({from.get(), evaluations, solver.get(), nullptr}, callback);
    }
    /* Writes checkpoints to PATH while it paints, and when it is stopped. SECONDS 0: by default. */
    transfer &set_checkpoint(const c_string &path, double seconds = 0)
    {
        return check(nst_transfer_set_checkpoint(get(), path.get(), seconds)), *this;
    }
    transfer &clear_checkpoint() { return check(nst_transfer_set_checkpoint(get(), nullptr, 0)), *this; }
    std::uint64_t checkpoint_bytes() { return largest(nullptr); }
    std::uint64_t checkpoint_bytes(const optimizer &solver) { return largest(solver.get()); }
    std::string checkpoint_failure() const { return detail::text(nst_transfer_checkpoint_failure(get())); }
    /* Goes on from the checkpoint at PATH, with the same bits as a run that was not stopped. CALLBACK as above. */
    image continue_from(const c_string &path) { return paint(rest(path, nullptr)); }
    image continue_from(const c_string &path, optimizer &solver) { return paint(rest(path, solver.get())); }
    template <typename F, typename = decltype(std::declval<F &>()(std::declval<const progress &>()))>
    image continue_from(const c_string &path, F &&callback)
    {
        return paint(rest(path, nullptr), callback);
    }
    template <typename F> image continue_from(const c_string &path, optimizer &solver, F &&callback)
    {
        return paint(rest(path, solver.get()), callback);
    }
    nst_stop stop_reason() const noexcept { return nst_transfer_stop_reason(get()); }
    std::string warnings() const { return detail::text(nst_transfer_warnings(get())); } /* lines; "" if none */
    void cancel() noexcept { nst_transfer_cancel(get()); } /* what computes now; from any thread */
    /* While FLAG, which must live, is not 0, everything ends as by cancel(), what is yet to begin too. */
    transfer &set_cancel_flag(const std::atomic<std::int32_t> *flag)
    {
        static_assert(sizeof *flag == sizeof(std::int32_t), "the library reads an atomic flag as an integer");
        return check(nst_transfer_set_cancel_flag(get(), reinterpret_cast<const volatile std::int32_t *>(flag))), *this;
    }
    /* A new one, as run() uses it without one. */
    optimizer make_optimizer() const
    {
        nst_optimizer *raw = nullptr;
        check(nst_transfer_make_optimizer(&raw, get()));
        return optimizer(raw);
    }
    std::uint64_t memory() { return peak(nullptr); }
    std::uint64_t memory(const optimizer &solver) { return peak(solver.get()); }

  private:
    std::uint64_t peak(const nst_optimizer *solver)
    {
        std::uint64_t bytes = 0;
        check(nst_transfer_memory(&bytes, get(), solver));
        return bytes;
    }
    std::uint64_t largest(const nst_optimizer *solver)
    {
        std::uint64_t bytes = 0;
        check(nst_transfer_checkpoint_bytes(&bytes, get(), solver));
        return bytes;
    }
    struct job {
        const nst_image *from; /* null: a whole run */
        std::uint64_t evaluations;
        nst_optimizer *solver;
        const char *checkpoint; /* where it goes on; null: nowhere */
    };
    static job whole(nst_optimizer *solver) noexcept { return {nullptr, 0, solver, nullptr}; }
    static job rest(const c_string &path, nst_optimizer *solver) noexcept { return {nullptr, 0, solver, path.get()}; }
    nst_status start(nst_image **out, const job &of)
    {
        if (of.checkpoint) return nst_transfer_continue(out, get(), of.checkpoint, of.solver);
        return of.from ? nst_transfer_resume(out, get(), of.from, of.evaluations, of.solver)
                       : nst_transfer_run(out, get(), of.solver);
    }
    image paint(const job &of)
    {
        nst_image *raw = nullptr;
        check(start(&raw, of));
        return image(raw);
    }
    template <typename F> image paint(const job &of, F &callback)
    {
        detail::guarded<F> user{callback};
        check(nst_transfer_set_progress(
            get(),
            [](nst_transfer *running, void *self) noexcept {
                return static_cast<detail::guarded<F> *>(self)->call(progress(running));
            },
            &user));
        nst_image *raw = nullptr;
        const nst_status status = start(&raw, of);
        image result(raw);
        nst_transfer_set_progress(get(), nullptr, nullptr);
        user.rethrow();
        check(status);
        return result;
    }
};

/* ---- Painters ---- */

/* A small network that paints one style in one pass. */
class painter : public detail::handle<nst_painter, nst_painter_destroy>
{
  public:
    using handle::handle;
    explicit painter(std::uint64_t seed) /* untrained */
    {
        nst_painter *raw = nullptr;
        check(nst_painter_create(&raw, seed));
        static_cast<handle &>(*this) = handle(raw);
    }
    static painter load(const c_string &path)
    {
        nst_painter *raw = nullptr;
        check(nst_painter_load(&raw, path.get()));
        return painter(raw);
    }
    static painter decode(view<const unsigned char> file)
    {
        nst_painter *raw = nullptr;
        check(nst_painter_decode(&raw, file.data(), file.size()));
        return painter(raw);
    }
    void save(const c_string &path, nst_dtype dtype = NST_DTYPE_F16) const
    {
        check(nst_painter_save(get(), path.get(), dtype));
    }
    std::string text(nst_painter_key key) const { return nst_painter_text(get(), key); }
    painter &set_text(nst_painter_key key, const c_string &text)
    {
        return check(nst_painter_set_text(get(), key, text.get())), *this;
    }
    painter &set_engine(const engine &shared) { return check(nst_painter_set_engine(get(), shared.get())), *this; }
    painter &set_strength(double strength) { return check(nst_painter_set_strength(get(), strength)), *this; }
    double strength() const noexcept { return nst_painter_strength(get()); }
    image paint(const image &picture)
    {
        nst_image *raw = nullptr;
        check(nst_painter_paint(&raw, get(), picture.get()));
        return image(raw);
    }
    view<const float> weights() const noexcept { return {nst_painter_weights(get()), nst_painter_weight_count(get())}; }
    painter &set_weights(view<const float> weights)
    {
        return check(nst_painter_set_weights(get(), weights.data(), weights.size())), *this;
    }
    /* The value; GRADIENT, as long as weights(), is added to. */
    double evaluate(transfer &losses, const image &photo, view<float> gradient)
    {
        double total = 0;
        if (gradient.size() != weights().size())
            throw call_error(NST_ERR_RANGE, "expected a gradient as long as the weights");
        check(nst_painter_evaluate(get(), losses.get(), photo.get(), &total, gradient.data()));
        return total;
    }
    double evaluate(transfer &losses, const image &photo)
    {
        double total = 0;
        check(nst_painter_evaluate(get(), losses.get(), photo.get(), &total, nullptr));
        return total;
    }
};

static_assert(sizeof(image) == sizeof(nst_image *) && sizeof(transfer) == sizeof(nst_transfer *),
              "a wrapper costs nothing beyond its handle");

} // namespace nst

#if __cplusplus >= 202002L
template <typename T> inline constexpr bool std::ranges::enable_borrowed_range<nst::view<T>> = true;
#endif

#endif
