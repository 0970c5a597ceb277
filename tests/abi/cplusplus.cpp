/* Whatever nst.hpp offers, used once; prints what did not hold. Compiled by test_cplusplus.py. */
#include <nst/nst.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

static int failures = 0;
#define HOLDS(condition) ((condition) ? void() : (void)(failures++, std::cerr << __LINE__ << ": " #condition "\n"))

template <typename E, typename F> static bool throws(F &&function)
{
    try {
        function();
    } catch (const E &error) {
        return *error.what() != '\0';
    }
    return false;
}

/* What is said of every handle: moved, never copied, and no more than its pointer. */
template <typename T> constexpr bool is_handle()
{
    return std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
           !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> && sizeof(T) == sizeof(void *);
}
static_assert(is_handle<nst::image>() && is_handle<nst::model>() && is_handle<nst::optimizer>() &&
              is_handle<nst::transfer>());

/* A view of const is made of either, one to write to only of what can be written. */
static_assert(std::is_convertible_v<std::vector<float> &, nst::view<float>>);
static_assert(std::is_convertible_v<const std::vector<float> &, nst::view<const float>>);
static_assert(std::is_convertible_v<nst::view<float>, nst::view<const float>>);
static_assert(!std::is_convertible_v<const std::vector<float> &, nst::view<float>>);
static_assert(!std::is_convertible_v<nst::view<const float>, nst::view<float>>);
static_assert(std::is_convertible_v<std::string &, nst::view<const unsigned char>>);
static_assert(!std::is_convertible_v<std::string &, nst::view<unsigned char>>);
static_assert(!std::is_convertible_v<std::vector<int> &, nst::view<const unsigned char>>);
static_assert(!std::is_constructible_v<nst::model, std::nullptr_t>);
static_assert(std::is_same_v<decltype(std::declval<const nst::image &>().pixels()), nst::view<const float>>);
static_assert(std::is_same_v<decltype(std::declval<const nst::image &>().alpha()), nst::view<const float>>);

static nst::image picture(std::uint32_t width, std::uint32_t height)
{
    nst::image image(width, height);
    float value = 0;
    for (float &x : image.pixels())
        x = value = std::fmod(value + 0.37f, 1.0f);
    return image;
}

static void images()
{
    nst::image image = picture(7, 5);
    HOLDS(image.width() == 7 && image.height() == 5 && !image.has_alpha() && image.alpha().empty());
    HOLDS(image.pixels().size() == 7 * 5 * 3);
    nst::image moved = std::move(image);
    image = moved.copy();
    HOLDS(image.pixels()[11] == moved.pixels()[11] && image.pixels().data() != moved.pixels().data());
    const auto bytes = image.set(NST_PARAM_PNG_DEPTH, NST_PNG_DEPTH_8)
                           .set(NST_PARAM_JPEG_QUALITY, "80")
                           .set(NST_PARAM_PNG_DEPTH, std::string("16"))
                           .encode("png");
    HOLDS(throws<nst::system_error>([&] { bytes.save("/no/such/folder/picture.png"); }));
    HOLDS(throws<nst::system_error>([&] { bytes.save(std::string("/no/such/folder/picture.png")); }));
    HOLDS(nst::image::decode(bytes).pixels().size() == image.pixels().size());
    HOLDS(std::string(image.warnings()).empty() && image.get_text(NST_PARAM_BACKGROUND) == "white");
    std::array<std::uint8_t, 2 * 2 * 4> rgba{10, 20, 30, 40};
    const nst::image small = nst::image::from_u8(rgba, 2, 2, 4);
    HOLDS(small.has_alpha() && small.alpha().size() == 4);
    small.to_u8(rgba, 4);
    HOLDS(rgba[3] == 40 && small.resize(3, 4).height() == 4);
    HOLDS(throws<nst::call_error>([&] { image.encode("gif"); }));
    HOLDS(throws<nst::call_error>([] { nst::image(0, 3); }));
    HOLDS(throws<nst::data_error>([] { nst::image::load(std::string("/no/such/picture.png")); }));
    HOLDS(throws<nst::data_error>([] { nst::image::decode(std::vector<unsigned char>{1, 2, 3}); }));
    try {
        nst::image::load("/no/such/picture.png");
    } catch (const nst::error &error) {
        HOLDS(error.status() == NST_ERR_NOT_FOUND &&
              std::string(error.what()).find("picture.png") != std::string::npos);
    }
}

/* A view that is too short for the pixels that are said to be in it is refused, and so is a text with a NUL. */
static void lengths()
{
    std::vector<float> values(2 * 20 + 12, 0.5f); /* two rows 20 values apart, and a third of 4 pixels */
    HOLDS(nst::image::from_f32(values, 4, 3, 3, 80).height() == 3);
    HOLDS(throws<nst::call_error>([&] { nst::image::from_f32(values, 4, 4, 3, 80); }));
    HOLDS(throws<nst::call_error>([&] { nst::image::from_f32({values.data(), values.size() - 1}, 4, 3, 3, 80); }));
    HOLDS(throws<nst::call_error>([&] { nst::image::from_f32(values, 4, 3, 3, 1); })); /* by the library */
    HOLDS(throws<nst::call_error>([&] { nst::image::from_f32(values, 4, 0); }));
    HOLDS(throws<nst::call_error>([&] { nst::image::from_f32({}, 1, 1); }));
    const nst::image image = nst::image::from_f32(values, 4, 3, 3, 80);
    std::vector<float> rgb(12, 0.5F);
    nst::image::borrow(rgb, 2, 2).pixels()[3] = 0.25F;
    HOLDS(rgb[3] == 0.25F && throws<nst::call_error>([&] { nst::image::borrow(rgb, 3, 2); }));
    std::vector<float> opaque(4, 1.0F);
    HOLDS(nst::image::borrow(rgb, 2, 2, opaque).alpha().data() == opaque.data());
    HOLDS(throws<nst::call_error>([&] { nst::image::borrow(rgb, 2, 2, nst::view<float>{opaque.data(), 3}); }));
    std::vector<std::uint8_t> bytes(4 * 3 * 3 - 1);
    HOLDS(throws<nst::call_error>([&] { image.to_u8(bytes); }));
    HOLDS(throws<nst::call_error>([&] { image.to_f32({values.data(), 35}); }));
    bytes.push_back(0);
    image.to_u8(bytes);
    HOLDS(bytes.back() == 128);
    image.to_f32({values.data(), 36});
    HOLDS(throws<nst::call_error>([] { nst::image::load(std::string("/etc/hostname\0.png", 18)); }));
    HOLDS(throws<nst::data_error>([] { nst::image::load(std::filesystem::path("/no/such/picture.png")); }));
    HOLDS(throws<nst::call_error>([] { nst::image::load_band("/no/such/picture.png", 2, 2); }));
    HOLDS(nst::image(4, 3).set_band(5, 9).top() == 5);
    HOLDS(throws<nst::data_error>([] { nst::image::load(std::string_view("/no/such/picture.png")); }));
    const nst::bytes file = image.encode("png");
    const std::string text(reinterpret_cast<const char *>(file.data()), file.size());
    const std::vector<char> chars(text.begin(), text.end());
    std::vector<std::byte> raw(file.size());
    for (std::size_t i = 0; i < file.size(); i++)
        raw[i] = static_cast<std::byte>(file.data()[i]);
    HOLDS(nst::image::decode(text).width() == 4 && nst::image::decode(chars).width() == 4);
    HOLDS(nst::image::decode(raw).width() == 4 && nst::image::decode(file).width() == 4);
#if __cplusplus >= 202002L
    const std::span<const float> span = image.pixels();
    nst::image copy = image.copy();
    std::span<float> own{copy.pixels()};
    own[0] = 0.25f;
    HOLDS(span.size() == 36 && copy.pixels()[0] == 0.25f);
    HOLDS(nst::image::from_f32(span, 4, 3).width() == 4 &&
          nst::image::decode(std::span<const std::byte>(raw)).width() == 4);
#endif
}

static void transfers()
{
    struct mine : std::runtime_error {
        using runtime_error::runtime_error;
    };
    const nst::image content = picture(24, 18);
    const nst::model model("random:1");
    HOLDS(model.layers().at(0).name == "conv1_1" && model.find_layer("relu1_1") == 1 && model.parameter_count() > 0);
    HOLDS(model.find_layer(model.layers().at(2).name) == 2);
    nst::transfer transfer(model);
    const nst::style masked = std::move(nst::style(picture(24, 24)).set_mask(picture(12, 12)));
    const nst::style painting(picture(24, 24), 1.5);
    HOLDS(painting.scale() == 1.5 && painting.text(NST_STYLE_MODEL).empty());
    transfer.set(NST_PARAM_SIZES, "24");
    transfer.save_style(painting, "/dev/null");
    transfer.save_style(painting, "/dev/null", NST_DTYPE_F16, "free");
    HOLDS(throws<nst::data_error>([] { nst::style::load("/no/such/file.nststyle"); }));
    HOLDS(throws<nst::data_error>([] { nst::style::decode(std::vector<unsigned char>(9, '{')); }));
    transfer.set_content(content).add_style(painting).clear_styles();
    transfer.set_freeze(picture(24, 18)).clear_freeze().set_content_map(picture(12, 9)).clear_content_map();
    transfer.add_style(picture(20, 20)).set_style_mask(0, content).clear_style_mask(0);
    HOLDS(transfer.style_count() == 1);
    transfer.clear_styles();
    transfer.set_content(content).add_style(picture(20, 20), 0.5).set_preset("content");
    nst::engine engine;
    engine.set(NST_PARAM_THREADS, 2).set(NST_PARAM_GEMM, "own");
    HOLDS(engine.get_int(NST_PARAM_THREADS) == 2 && engine.get_text(NST_PARAM_GEMM) == "own");
    transfer.set_engine(engine);
    HOLDS(transfer.get_int(NST_PARAM_THREADS) == 2);
    HOLDS(throws<nst::error>([&] { transfer.set(NST_PARAM_THREADS, 1); }));
    transfer.set(NST_PARAM_STYLE_WEIGHT, 2).set(NST_PARAM_SIZES, "24:5").set(NST_PARAM_FORM, NST_FORM_MEAN);
    transfer.set(NST_PARAM_STYLE_LAYERS, std::string("conv1_1,conv2_1")).set(NST_PARAM_CONTENT_WEIGHT, 0.5f);
    HOLDS(transfer.get_float(NST_PARAM_STYLE_WEIGHT) == 2 && transfer.get_int(NST_PARAM_FORM) == NST_FORM_MEAN);
    HOLDS(transfer.get_text(NST_PARAM_SIZES) == "24:5" && transfer.memory() > 0);
    HOLDS(std::string(transfer.warnings()).empty());
    HOLDS(throws<nst::call_error>([&] { transfer.set(NST_PARAM_SIZE, -1); }));

    std::vector<float> gradient(content.pixels().size());
    const double total = transfer.evaluate(content, gradient);
    double sum = 0;
    for (const auto &term : transfer.terms())
        sum += term.value * term.weight;
    HOLDS(total > 0 && std::fabs(sum - total) < 1e-6 * total && transfer.evaluate(content) == total);
    HOLDS(throws<nst::call_error>([&] { transfer.evaluate(content, nst::view<float>(gradient.data(), 3)); }));
    HOLDS(throws<nst::call_error>(
        [&] { transfer.set_content(nst::image::from_f32(std::vector<float>(12, 255), 2, 2)); }));
    nst::features own(model), shared(model, engine);
    own.set(NST_PARAM_PADDING, NST_PADDING_REFLECT).set(NST_PARAM_MEMORY_LIMIT, "1G").add_map("conv2_1");
    HOLDS(own.get_text(NST_PARAM_PADDING) == "reflect" && own.get_int(NST_PARAM_MEMORY_LIMIT) == 1 << 30);
    HOLDS(throws<nst::call_error>([&] { own.map_of("conv2_1"); }));
    const nst::features::map map = own.read(content).map_of("conv2_1");
    HOLDS(map.values.size() == std::size_t{9} * 12 * 128 && map.height == 9 && map.width == 12 && map.channels == 128);
    HOLDS(shared.add_gram("conv1_1").read(content).gram_of("conv1_1").size() == 64 * 64);
    std::atomic<std::int32_t> no{1};
    HOLDS(throws<nst::cancelled>([&] { shared.set_cancel_flag(&no).read(content); }));
    shared.set_cancel_flag(nullptr).clear();
    HOLDS(throws<nst::call_error>([&] { shared.read(content); }));
    engine.trim();

    nst::painter painter(5);
    const nst::image photo = nst::image::from_f32(std::vector<float>(16 * 20 * 3, 0.5F), 16, 20);
    std::vector<float> weights(painter.weights().begin(), painter.weights().end()), by_weights(weights.size());
    HOLDS(painter.set_engine(engine).paint(content).width() == content.width());
    HOLDS(painter.evaluate(transfer, photo, by_weights) == painter.evaluate(transfer, photo));
    HOLDS(throws<nst::call_error>([&] { painter.evaluate(transfer, photo, nst::view<float>(by_weights.data(), 3)); }));
    HOLDS(throws<nst::call_error>([&] { painter.set_weights(nst::view<const float>(weights.data(), 3)); }));
    HOLDS(painter.set_strength(0.25).strength() == 0.25);
    HOLDS(throws<nst::call_error>([&] { painter.set_strength(1.5); }));
    weights[0] = 7;
    painter.set_weights(weights).set_text(NST_PAINTER_STYLE, "dots").save("painter.nstpaint");
    const nst::painter loaded = nst::painter::load("painter.nstpaint");
    HOLDS(loaded.weights()[0] == 7 && loaded.text(NST_PAINTER_STYLE) == "dots");
    HOLDS(throws<nst::data_error>([&] { nst::painter::decode(std::vector<unsigned char>{1, 2, 3}); }));
    std::remove("painter.nstpaint");
    transfer.set_content(content);

    int calls = 0;
    const nst::image result = transfer.run([&](const nst::progress &at) {
        calls++;
        HOLDS(at.fraction() <= 1 && at.total() > 0 && at.snapshot().width() == 24);
    });
    HOLDS(calls == 5 && result.width() == 24 && transfer.stop_reason() == NST_STOP_BUDGET);
    calls = 0;
    auto stop = [&](const nst::progress &) { return ++calls == 2; }; /* one with a name, and a bool */
    transfer.run(stop);
    HOLDS(calls == 2 && transfer.stop_reason() == NST_STOP_CALLBACK);
    HOLDS(throws<mine>([&] { transfer.run([](const nst::progress &) { throw mine("out of a callback"); }); }));
    nst::optimizer adam = transfer.set(NST_PARAM_OPTIMIZER, NST_ALGORITHM_ADAM).make_optimizer();
    HOLDS(adam.algorithm() == NST_ALGORITHM_ADAM && adam.get_float(NST_PARAM_LEARNING_RATE) == 0.02);
    transfer.set(NST_PARAM_OPTIMIZER, NST_ALGORITHM_LBFGS);
    HOLDS(transfer.memory(adam) < transfer.memory());
    adam.set(NST_PARAM_LEARNING_RATE, 0.01);
    HOLDS(transfer.run(adam).height() == 18);
    calls = 0;
    auto count = [&](const nst::progress &) { calls++; };
    HOLDS(transfer.resume(result, 2, count).width() == 24 && calls == 2);
    HOLDS(transfer.resume(result).height() == 18 && transfer.resume(result, 1, adam).height() == 18);
    transfer.resume(result, 3, adam, count);
    HOLDS(calls == 5);
    const std::string kept = "/tmp/nst-cplusplus-" + std::to_string(getpid()) + ".checkpoint";
    HOLDS(transfer.checkpoint_bytes(adam) < transfer.checkpoint_bytes());
    auto second = [&](const nst::progress &at) { return at[NST_PROGRESS_ALL_EVALUATIONS] == 2; };
    const nst::image whole = transfer.run();
    transfer.set_checkpoint(kept).run(second);
    HOLDS(transfer.stop_reason() == NST_STOP_CALLBACK && transfer.checkpoint_failure().empty());
    transfer.clear_checkpoint();
    calls = 0;
    HOLDS(transfer.continue_from(kept, count).pixels()[7] == whole.pixels()[7] && calls >= 3);
    HOLDS(transfer.continue_from(kept).height() == 18);
    transfer.set_checkpoint(kept, 1000).run(adam, second);
    transfer.clear_checkpoint();
    HOLDS(transfer.continue_from(kept, adam).width() == 24);
    HOLDS(transfer.continue_from(kept, adam, count).width() == 24 && calls >= 6);
    HOLDS(throws<nst::call_error>([&] { transfer.continue_from(kept); }));
    unlink(kept.c_str());
    transfer.run(adam, [&](const nst::progress &) { transfer.cancel(); });
    HOLDS(transfer.stop_reason() == NST_STOP_CANCELLED);
    std::atomic<std::int32_t> flag{1};
    transfer.set_cancel_flag(&flag).run(adam);
    HOLDS(transfer.stop_reason() == NST_STOP_CANCELLED);
    HOLDS(throws<nst::cancelled>([&] { transfer.evaluate(content); }));
    flag = 0;
    HOLDS(transfer.evaluate(content) == total);
    transfer.set_cancel_flag(nullptr);
    nst::loss pull([](std::uint32_t height, std::uint32_t width, nst::view<const float> x, nst::view<float> slope) {
        double value = 0;
        for (std::size_t i = 0; i < std::size_t{height} * width * 3; i++) {
            value += x[i];
            if (!slope.empty()) slope[i] = 1;
        }
        return value;
    });
    nst::loss broken([](std::uint32_t, std::uint32_t, nst::view<const float>, nst::view<float>) -> double {
        throw mine("out of a loss");
    });
    transfer.add_term("pull", 2, pull);
    HOLDS(transfer.evaluate(content) > total && transfer.terms().back().name == "pull");
    transfer.add_term("broken", 1, broken);
    HOLDS(throws<mine>([&] { transfer.evaluate(content); }) && throws<mine>([&] { transfer.run(); }));
    HOLDS(transfer.clear_terms().evaluate(content) == total);
    nst::transfer moved(std::move(transfer));
    HOLDS(moved.run().width() == 24);
}

static void optimizers()
{
    nst::optimizer lbfgs(NST_ALGORITHM_LBFGS);
    HOLDS(lbfgs.set(NST_PARAM_HISTORY, 5).get_int(NST_PARAM_HISTORY) == 5);
    const auto bowl = [](nst::view<const float> x, nst::view<float> slope) {
        double value = 0;
        for (std::size_t i = 0; i < x.size(); i++) {
            const float away = x[i] - static_cast<float>(i);
            value += static_cast<double>(away * away) * static_cast<double>(i + 1);
            slope[i] = 2 * away * static_cast<float>(i + 1);
        }
        return value;
    };
    std::vector<float> x(4, 9.0f);
    lbfgs.minimize(x, bowl);
    HOLDS(std::fabs(x[3] - 3) < 1e-3f && lbfgs.value() < 1e-6 && lbfgs.evaluations() > 0);
    float y[4] = {9, 9, 9, 9};
    std::uint64_t last = 0;
    HOLDS(lbfgs.minimize(y, bowl, [&](const nst::optimizer &at) { return (last = at.iterations()) == 2; }) ==
          NST_STOP_CALLBACK);
    HOLDS(last == 2);
    const auto fails = [](nst::view<const float>, nst::view<float>) -> double { throw std::out_of_range("here"); };
    HOLDS(throws<std::out_of_range>([&] { lbfgs.minimize(x, fails); }));
    y[0] = y[3] = 9;
    HOLDS(throws<std::range_error>(
        [&] { lbfgs.minimize(y, bowl, [](const nst::optimizer &) { throw std::range_error("there"); }); }));
    lbfgs.minimize(x, bowl); /* the callback is gone */

    auto descend = [](nst::view<float> at, auto evaluate) {
        std::vector<float> gradient(at.size());
        double value = 0;
        while (evaluate(at, value, gradient))
            for (std::size_t i = 0; i < at.size(); i++)
                at[i] -= 0.3F * gradient[i];
    };
    std::string state;
    std::vector<float> z(3, 1.0f);
    lbfgs.minimize(z, bowl, [&](const nst::optimizer &at) {
        const nst::bytes saved = at.save_state();
        state.assign(reinterpret_cast<const char *>(saved.data()), saved.size());
        return true;
    });
    nst::optimizer again(NST_ALGORITHM_LBFGS);
    HOLDS(again.set(NST_PARAM_HISTORY, 5).load_state(state).minimize(z, bowl) != NST_STOP_NONE);
    HOLDS(throws<nst::call_error>([&] { lbfgs.save_state(); }));
    auto custom = nst::optimizer::custom("descend", descend);
    HOLDS(custom.name() == "descend" && custom.algorithm() == NST_ALGORITHM_CUSTOM);
    HOLDS(custom.set(NST_PARAM_MAX_EVALUATIONS, 9).minimize(y, bowl) == NST_STOP_BUDGET && custom.evaluations() == 9);
    auto broken = [](nst::view<float>, auto) { throw std::range_error("solver"); };
    auto bad = nst::optimizer::custom("broken", broken);
    HOLDS(throws<std::range_error>([&] { bad.minimize(y, bowl); }));
}

int main()
{
    images();
    lengths();
    transfers();
    optimizers();
    return failures;
}
