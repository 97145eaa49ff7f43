; A few definitions and what they are good for.
(define (square x) (* x x))
(print (square 12))

(define (fact n)
  (if (< n 2) 1 (* n (fact (- n 1)))))
(print (fact 10))

(define (map f xs)
  (if (null? xs) xs (cons (f (car xs)) (map f (cdr xs)))))
(print (map square (list 1 2 3 4)))

; Closures keep what they saw.
(define (adder n) (lambda (x) (+ x n)))
(define add5 (adder 5))
(print (map add5 (list 10 20 30)))

(define (range a b)
  (if (< a b) (cons a (range (+ a 1) b)) (list)))
(define (fold f start xs)
  (if (null? xs) start (fold f (f start (car xs)) (cdr xs))))
(print (fold + 0 (range 1 21)))
(print (let ((a 3) (b 4)) (+ (square a) (square b))))
(print (quote (a "b" (c 1.5))))
(print (if (= 1 2) "yes" "no"))
(print (car (list)))
(print (undefined 1))
